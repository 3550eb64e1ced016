"""Made-up traffic of a bank for the fraud pack: all its event types, seeded, mostly harmless."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import accumulate

CUSTOMERS = 20_000
TRUSTED = ("m1", "m2", "m3")
_START = 1_700_000_000_000
_SPACING = 40
"""Milliseconds between two events on average."""
_KINDS = ("CardAuth", "Login", "Transfer", "Confirmation", "Deposit", "PasswordChange")
_SHARES = list(accumulate((60, 20, 8, 8, 3, 1)))


def traffic(events: int) -> Iterator[str]:
    """The lines of a file, in the order of time."""
    chance = random.Random(8)
    weights = list(accumulate(1 / (rank + 50) for rank in range(CUSTOMERS)))
    customers = chance.choices(range(CUSTOMERS), cum_weights=weights, k=events)
    time, made, confirmed = _START, 0, 0
    for customer in customers:
        time += chance.randint(0, 2 * _SPACING)
        kind = chance.choices(_KINDS, cum_weights=_SHARES)[0]
        if kind == "Confirmation":
            # Transfers are confirmed in the order they were made.
            body = f'"transfer_id":"t{confirmed}"'
            confirmed += confirmed < made
        else:
            body = _body(chance, kind, made, customer)
            made += kind == "Transfer"
        yield f'{{"type":"{kind}",{body},"ts":{time}}}\n'


def _body(chance: random.Random, kind: str, number: int, customer: int) -> str:
    amount = round(chance.lognormvariate(4, 1.5), 2)
    match kind:
        case "CardAuth":
            status = "declined" if chance.random() < 0.03 else "approved"
            return (
                f'"card_id":"c{customer}","amount":{amount},"status":"{status}","merchant":"m{chance.randrange(500)}",'
                f'"country":"GB","client":{{"device":{{"id":"d{customer}"}}}}'
            )
        case "Login":
            outcome = "failure" if chance.random() < 0.1 else "success"
            lat = 51.5 + chance.random() / 100 + (chance.random() < 0.001) * 20
            return (
                f'"user_id":"u{customer}","account":"a{customer}","outcome":"{outcome}",'
                f'"ip":"10.0.{chance.randrange(256)}.{chance.randrange(256)}","device":"d{customer}",'
                f'"lat":{lat:.4f},"lon":0.1'
            )
        case "Transfer":
            other = chance.randrange(CUSTOMERS)
            return f'"transfer_id":"t{number}","from_account":"a{customer}","to_account":"a{other}","amount":{amount}'
        case "Deposit":
            return f'"account":"a{customer}","amount":{amount * 10:.2f},"branch":"b{chance.randrange(40)}"'
        case _:
            return f'"account":"a{customer}"'
