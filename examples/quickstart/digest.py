"""The outcome of the demo as text that a person likes to read."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from judge import Alert, Judgement, bound

WIDTH = 100


def digest(outcome: Mapping[str, Judgement]) -> str:
    """One paragraph a rule: how many were found, one of them told, what stayed quiet, and anything that is wrong."""
    return "\n\n".join(_paragraph(judgement) for judgement in outcome.values())


def _paragraph(judgement: Judgement) -> str:
    mark = "✓" if judgement.right else "✗"
    lines = [f"{mark} {judgement.rule}: {len(judgement.found)} of {judgement.expected} alerts found"]
    if judgement.found:
        lines += _wrapped("e.g. ", told(judgement.found[0]))
    for kind, plural in (("near miss", "near misses"), ("look-alike", "look-alikes")):
        if titles := judgement.quiet.get(kind):
            lines += _wrapped(f"{len(titles)} {plural if len(titles) > 1 else kind} stayed quiet: ", "; ".join(titles))
    lines += [f"    LOUD: {title}" for title in judgement.loud]
    lines += [
        f"    MISSING: {entry['kind']} for {_named(entry['key'])}, {_ids(entry['events'])}"
        for entry in judgement.missing
    ]
    lines += [
        f"    WRONG: {alert['kind']} for {_named(alert['key'])}, {_ids(bound(alert))}" for alert in judgement.wrong
    ]
    return "\n".join(lines)


def _wrapped(lead: str, text: str) -> list[str]:
    indent = "    "
    return textwrap.wrap(lead + text, WIDTH, initial_indent=indent, subsequent_indent=indent + " " * min(len(lead), 5))


def _named(key: Mapping[str, str]) -> str:
    return ", ".join(map(str, key.values()))


def _ids(events: Mapping[str, list[str]]) -> str:
    return ", ".join(f"{step} {' '.join(ids)}" for step, ids in events.items())


def told(alert: Alert) -> str:
    """An alert as a sentence."""
    steps: dict[str, list[dict[str, Any]]] = {}
    for event in alert["events"]:
        steps.setdefault(event["step"], []).append(event)
    teller = TELLERS.get(alert["rule"])
    if teller is None:
        return f"{_named(alert['key'])}: {alert['fields']}"
    return teller(alert, steps)


Steps = Mapping[str, list[dict[str, Any]]]


def _time(event: Mapping[str, Any]) -> str:
    return datetime.fromisoformat(event["time"]).strftime("%H:%M:%S")


def _money(event: Mapping[str, Any]) -> str:
    return f"{event['data']['amount']:,.2f}"


def _card_testing(alert: Alert, steps: Steps) -> str:
    probes, big = steps["probes"], steps["big"][0]
    return (
        f"{alert['key']['card_id']} was tried {len(probes)} times for less than 2.00 "
        f"({', '.join(_money(probe) for probe in probes)}) from {_time(probes[0])} on, "
        f"and spent {_money(big)} at {big['data']['merchant']} at {_time(big)}."
    )


def _velocity(alert: Alert, steps: Steps) -> str:
    burst = steps["burst"]
    total = sum(event["data"]["amount"] for event in burst)
    return (
        f"{alert['key']['card_id']} was used {len(burst)} times between {_time(burst[0])} and {_time(burst[-1])}, "
        f"for {total:,.2f} in all."
    )


def _impossible_travel(alert: Alert, steps: Steps) -> str:
    a, b = steps["a"][0], steps["b"][0]
    return (
        f"{alert['key']['user_id']} logged in at {_place(a)} at {_time(a)} and at {_place(b)} at {_time(b)}: "
        f"{alert['fields']['kmh']:,.0f} km/h."
    )


def _place(event: Mapping[str, Any]) -> str:
    lat, lon = event["data"]["lat"], event["data"]["lon"]
    return f"{abs(lat):.1f}°{'N' if lat >= 0 else 'S'} {abs(lon):.1f}°{'E' if lon >= 0 else 'W'}"


def _account_takeover(alert: Alert, steps: Steps) -> str:
    fails, ok, password = steps["fails"], steps["ok"][0], steps["pwd"][0]
    start = (
        f"{alert['key']['account']} saw {len(fails)} failed logins from {_time(fails[0])} on, one that worked at "
        f"{_time(ok)}, a new password at {_time(password)}"
    )
    if alert["kind"] == "timeout":
        return f"{start}, and no transfer until {_time({'time': alert['due']})}."
    out = steps["out"][0]
    return f"{start}, and {_money(out)} went to {out['data']['to_account']} at {_time(out)}."


def _dormant_reactivated(alert: Alert, steps: Steps) -> str:
    prior, back = steps["prior"][0], steps["back"][0]
    days = (datetime.fromisoformat(back["time"]) - datetime.fromisoformat(prior["time"])).days
    return (
        f"{alert['key']['account']} had sent nothing for {days} days, and sent {_money(back)} to "
        f"{back['data']['to_account']} at {_time(back)}."
    )


def _unconfirmed_transfer(alert: Alert, steps: Steps) -> str:
    sent = steps["t"][0]
    return (
        f"{alert['key']['transfer_id']} over {_money(sent)} was sent at {_time(sent)}, and nobody had confirmed it by "
        f"{_time({'time': alert['due']})}."
    )


def _structuring(alert: Alert, steps: Steps) -> str:
    deposits = steps["d"]
    total = sum(event["data"]["amount"] for event in deposits)
    branches = sorted({event["data"]["branch"] for event in deposits})
    return (
        f"{alert['key']['account']} got {len(deposits)} deposits of {', '.join(map(_money, deposits))} "
        f"({total:,.2f} in all) at {', '.join(branches)} between {_time(deposits[0])} and {_time(deposits[-1])}."
    )


def _money_mule(alert: Alert, steps: Steps) -> str:
    credit, debits = steps["credit"][0], steps["debits"]
    return (
        f"{alert['key']['account']} received {_money(credit)} at {_time(credit)} and had passed on "
        f"{', '.join(map(_money, debits))} by {_time(debits[-1])}."
    )


TELLERS: dict[str, Callable[[Alert, Steps], str]] = {
    "card_testing": _card_testing,
    "velocity": _velocity,
    "impossible_travel": _impossible_travel,
    "account_takeover": _account_takeover,
    "dormant_reactivated": _dormant_reactivated,
    "unconfirmed_transfer": _unconfirmed_transfer,
    "structuring": _structuring,
    "money_mule": _money_mule,
}
