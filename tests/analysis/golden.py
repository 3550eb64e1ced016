"""The golden cases of `cep explain` and `cep graph`: rules of the pack, and one for each construct.

`python -m tests.analysis.golden` writes the expectations anew; read the difference, and look at the pictures, before
you keep it. Fingerprints are left out: they belong to the plan's own tests.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from cep.analysis.explain import explain
from cep.analysis.explain_text import render_text
from cep.analysis.graph import graph
from cep.analysis.graph_ascii import render_ascii
from cep.analysis.graph_mermaid import render_mermaid
from cep.analysis.graph_svg import render_svg
from cep.analysis.planned import PlannedRule, planned_rule
from cep.language.load import load_paths, load_text
from cep.language.model import RuleSet

ROOT = Path(__file__).parent.parent.parent
GOLDEN = ROOT / "tests" / "golden"
CONSTRUCTS = GOLDEN / "explain" / "constructs.pattern"
PACK = ("account_takeover", "card_testing", "dormant_reactivated", "money_mule", "unconfirmed_transfer")
PICTURES = {"txt": render_ascii, "mmd": render_mermaid, "svg": render_svg}


@cache
def rules(path: Path) -> RuleSet:
    """The rules of a file or folder."""
    return load_paths([path])


def planned(name: str) -> PlannedRule:
    """A golden rule."""
    return planned_rule(rules(ROOT / "rules" if name in PACK else CONSTRUCTS), name)


def names() -> list[str]:
    """All golden rules."""
    return [*PACK, *(rule.name for rule in rules(CONSTRUCTS).rules)]


def expected(name: str) -> Iterator[tuple[Path, str]]:
    """Each file of a rule with what it should hold as of now."""
    text = render_text(explain(planned(name)))
    yield GOLDEN / "explain" / f"{name}.txt", re.sub(r"[0-9a-f]{32}", "…", text)
    for ending, render in PICTURES.items():
        yield GOLDEN / "graph" / f"{name}.{ending}", render(graph(planned(name)))


def in_the_documentation() -> tuple[Path, str]:
    """The picture in `docs/explain.md`, of the rule that stands there."""
    page = (ROOT / "docs" / "explain.md").read_text(encoding="utf-8")
    text = page.split("```pattern file=takeover.pattern\n", 1)[1].split("```", 1)[0]
    return ROOT / "docs" / "takeover.svg", render_svg(graph(planned_rule(load_text(text), "takeover")))


def main() -> None:
    """Write every expectation anew and name those that changed."""
    for path, text in [in_the_documentation(), *(pair for name in names() for pair in expected(name))]:
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
