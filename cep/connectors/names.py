"""Names as jobs write them: with their module, or bare where only one is meant."""

from __future__ import annotations

from collections.abc import Iterable

from cep.language.diagnostics import Span
from cep.language.findings import Findings
from cep.language.spelling import did_you_mean, listed


def is_declared(name: str, names: Iterable[str]) -> bool:
    """Whether `name` means something: with its module, or bare."""
    return any(known == name or known.endswith(f".{name}") for known in names)


def find_declared(findings: Findings, kind: str, name: str, names: Iterable[str], span: Span) -> str | None:
    """The qualified name that `name` means: itself, or the only one that ends in `.name`.

    None after recording an error; `kind` says in words what is sought (`param`, `event type`).
    """
    known = list(names)
    if name in known:
        return name
    ends = [other for other in known if other.endswith(f".{name}")]
    if len(ends) == 1:
        return ends[0]
    if ends:
        message = f"`{name}` could be any of {listed(ends)}"
        findings.error("C0231", message, span, "write the name with its module")
        return None
    fix = did_you_mean(name, known, f"declared are {listed(sorted(known))}" if known else "leave it out")
    message = f"the rules declare no {kind} `{name}`"
    findings.error("C0232", message, span, fix)
    return None
