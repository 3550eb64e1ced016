"""Mutants of the shipped rules that no test can catch, each with the reason."""

from __future__ import annotations

FIRST_FIT = (
    "The step is the last one, and the first event that fits it completes the match; skip then drops every run that "
    "`any` keeps waiting for a second one."
)
EVERY_TRANSFER_HITS = (
    "Every event that the rule sees between the two transfers is a transfer of the account, so it hits the `without`: "
    "there is nothing that could be skipped, and the branch that `any` keeps ends as well."
)
ONE_EVENT = (
    "A match is one event, so no other match or run of its key shares a first event with it or starts inside it."
)
EXACT_SPEED = (
    "Speeds are floats out of sines and cosines: no pair of places and times is known to give 900 to the last bit."
)

EQUIVALENT: dict[str, dict[str, str]] = {
    "account_takeover": {
        "then within 30m out: Transfer by from_account where amount > 250.00"
        "  →  then any within 30m out: Transfer by from_account where amount > 250.00": FIRST_FIT,
    },
    "card_testing": {
        'then big: CardAuth where amount >= 500.00 and status == "approved"'
        '  →  then any big: CardAuth where amount >= 500.00 and status == "approved"': FIRST_FIT,
    },
    "dormant_reactivated": {
        "then after 90d back: Transfer by from_account where amount > 1_000.00"
        f"  →  then {mode} after 90d back: Transfer by from_account where amount > 1_000.00": EVERY_TRANSFER_HITS
        for mode in ("any", "next")
    },
    "impossible_travel": {
        'then b: Login where outcome == "success" and speed_kmh(a, b) > 900'
        '  →  then any b: Login where outcome == "success" and speed_kmh(a, b) > 900': FIRST_FIT,
        'then b: Login where outcome == "success" and speed_kmh(a, b) > 900'
        '  →  then b: Login where outcome == "success" and speed_kmh(a, b) >= 900': EXACT_SPEED,
    },
    "money_mule": {
        "then debits: Transfer by from_account having sum(amount) > 90% * credit.amount"
        "  →  then any debits: Transfer by from_account having sum(amount) > 90% * credit.amount": FIRST_FIT,
    },
    "structuring": {},
    "unconfirmed_transfer": {
        f"without Confirmation within 30m  →  without Confirmation within 30m after match skip {words}": ONE_EVENT
        for words in ("to next", "nothing")
    },
    "velocity": {},
}
