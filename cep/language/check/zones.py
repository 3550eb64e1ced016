"""IANA time zone names."""

from __future__ import annotations

from cep.language.diagnostics import Span
from cep.language.findings import Findings
from cep.language.spelling import did_you_mean


def check_zone(name: str, span: Span, findings: Findings) -> None:
    """Record an error where `name` is no zone known to the time zone database."""
    # imported late: most rule files name no zone
    from zoneinfo import ZoneInfo, available_timezones

    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        fix = did_you_mean(name, available_timezones(), 'use a zone of the IANA database, such as "Europe/London"')
        findings.error("E0312", f'there is no time zone "{name}"', span, fix)
