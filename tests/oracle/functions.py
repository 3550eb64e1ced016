"""Built-in functions on values that are not null."""

from __future__ import annotations

import ipaddress
import math
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EARTH_RADIUS_KM = 6371.0088


def geo_km(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Great-circle distance in kilometres."""
    p1, p2, dl = math.radians(lat1), math.radians(lat2), math.radians(lon2 - lon1)
    a = math.sin((p2 - p1) / 2) ** 2 + math.cos(p1) * math.cos(p2) * math.sin(dl / 2) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(min(1.0, a)))


def ip_in(ip: str, *networks: Any) -> bool | None:
    """Whether an address lies in one of the networks."""
    listed = [n for network in networks for n in ([network] if isinstance(network, str) else network)]
    address = ipaddress.ip_address(ip)
    return any(address in ipaddress.ip_network(n, strict=False) for n in listed)


def local(time: int, zone: str) -> datetime:
    """A timestamp on the wall clock of a zone."""
    return (EPOCH + timedelta(microseconds=time)).astimezone(ZoneInfo(zone))


def rounded(value: Any, digits: int = 0) -> Any:
    """Half-even to `digits` places."""
    if isinstance(value, Decimal):
        return value.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_EVEN)
    return round(value, digits)


def contains(whole: Any, part: Any) -> bool:
    """Whether text is part of text, or a value of a list."""
    return part in whole


def substring(text: str, start: int, length: int | None = None) -> str:
    """`length` characters from `start`, which counts from 0."""
    return text[start:] if length is None else text[start : start + length]


def any_of(values: Sequence[bool | None]) -> bool | None:
    """Three-valued or."""
    return True if True in values else None if None in values else False


def all_of(values: Sequence[bool | None]) -> bool | None:
    """Three-valued and."""
    return False if False in values else None if None in values else True


def text(value: Any) -> str:
    """A value as text."""
    return str(value).lower() if isinstance(value, bool) else str(value)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "abs": abs,
    "round": rounded,
    "floor": math.floor,
    "ceil": math.ceil,
    "min": min,
    "max": max,
    "mod": lambda a, b: a % b,
    "sqrt": lambda a: a.sqrt() if isinstance(a, Decimal) else math.sqrt(a),
    "pow": lambda a, b: a**b,
    "lower": str.lower,
    "upper": str.upper,
    "trim": str.strip,
    "length": len,
    "starts_with": str.startswith,
    "ends_with": str.endswith,
    "contains": contains,
    "substring": substring,
    "concat": lambda *parts: "".join(parts),
    "hour": lambda time, zone: local(time, zone).hour,
    "minute": lambda time, zone: local(time, zone).minute,
    "weekday": lambda time, zone: local(time, zone).isoweekday(),
    "date": lambda time, zone: local(time, zone).date().isoformat(),
    "seconds": lambda d: d / 1_000_000,
    "minutes": lambda d: d / 60_000_000,
    "hours": lambda d: d / 3_600_000_000,
    "days": lambda d: d / 86_400_000_000,
    "geo_km": geo_km,
    "ip_in": ip_in,
    "string": text,
    "int": int,
    "float": float,
    "decimal": Decimal,
    "any_of": any_of,
    "all_of": all_of,
}
