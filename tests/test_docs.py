"""What the documentation shows works: rules are checked and tested, files are written, commands give what is shown.

In a fence's first line, after the language: `file=NAME` writes the block to a file of the page's folder; `vocabulary`
puts a pattern block in front of the page's other pattern blocks. In `console` blocks, lines after a `$ command` are its
output (standard error included), where `…` stands for any text, and a line that begins with ` "` goes on with the one
before.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from cep.cli.main import VERBS
from cep.language.load import check_text, load_text
from cep.language.model import RuleSet
from cep.runtime.source import Source
from cep.runtime.wiring import has_time, wire
from cep.testing.runner import run_tests

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
_FENCE = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A fenced block: where it is, its language, the words behind it, its text."""

    page: Path
    line: int
    language: str
    words: tuple[str, ...]
    text: str

    @property
    def file(self) -> str | None:
        """The file it is written to."""
        return next((word.removeprefix("file=") for word in self.words if word.startswith("file=")), None)

    def __str__(self) -> str:
        return f"{self.page.name}:{self.line}"


def blocks(page: Path) -> Iterator[Block]:
    """The fenced blocks of a page."""
    text = page.read_text(encoding="utf-8")
    for found in _FENCE.finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        yield Block(page, line, found[1], tuple(found[2].split()), found[3])


BLOCKS = [block for page in PAGES for block in blocks(page)]
CONSOLES = [page for page in PAGES if any(block.language == "console" for block in BLOCKS if block.page == page)]
PATTERNS = [block for block in BLOCKS if block.language == "pattern"]


def whole(block: Block) -> str:
    """A pattern block behind the vocabulary of its page."""
    words = [other.text for other in PATTERNS if other.page == block.page and "vocabulary" in other.words]
    return block.text if block.file or "vocabulary" in block.words else "".join([*words, block.text])


def test_there_is_something_to_look_at() -> None:
    assert {page.name for page in PAGES} >= {"README.md", "language.md", "running.md"}
    assert len(PATTERNS) >= 10


@pytest.mark.parametrize("block", PATTERNS, ids=str)
def test_rules_check_and_can_be_run(block: Block) -> None:
    result = check_text(whole(block), str(block))
    found = [f"{d.code} {d.span}: {d.message}" for d in result.diagnostics if d.code != "W0202"]
    assert found == [] or "wrong" in block.words
    if not result.failed:
        types = tuple(name for name, event in result.rules.events.items() if has_time(event))
        wire(result.rules, [Source("events", types)])


@pytest.mark.parametrize("block", [block for block in PATTERNS if "\ntest " in block.text], ids=str)
def test_tests_in_the_documentation_pass(block: Block) -> None:
    rules: RuleSet = load_text(whole(block), str(block))
    results = run_tests(rules).results
    assert results
    assert [result for result in results if result.failures or result.is_broken] == []


@pytest.mark.parametrize(
    "page", [page for page in PAGES if any(b.language == "console" for b in blocks(page))], ids=str
)
def test_commands_give_what_is_shown(page: Path, tmp_path: Path) -> None:
    for block in blocks(page):
        if block.file is not None:
            target = tmp_path / block.file
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(block.text, encoding="utf-8")
        if block.language == "console":
            for command, expected in commands(block.text):
                shown = run(command, tmp_path)
                assert fits(expected, shown), f"{block}: $ {command}\nexpected:\n{expected}\ngot:\n{shown}"


def commands(text: str) -> Iterator[tuple[str, str]]:
    """Commands with the output shown for each."""
    for part in text.split("$ ")[1:]:
        command, _, expected = part.partition("\n")
        yield command, expected


def run(command: str, folder: Path) -> str:
    """What a command writes to both outputs."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        command,
        shell=True,
        cwd=folder,
        env={**os.environ, "PATH": path, "COLUMNS": "200"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.stdout


def fits(expected: str, shown: str) -> bool:
    """Whether the output is as shown; `…` stands for any text."""
    unbroken = re.sub(r'\n (?=")', "", expected.strip())
    pattern = ".*?".join(re.escape(part) for part in unbroken.split("…"))
    return re.fullmatch(pattern, shown.strip(), re.DOTALL) is not None


def test_links_lead_somewhere() -> None:
    missing = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
            if not target.startswith("http") and not (page.parent / target).exists():
                missing.append(f"{page.name}: {target}")
    assert missing == []


def test_anchors_lead_somewhere() -> None:
    missing = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        anchors = {anchor(title) for title in re.findall(r"^#+ (.*)$", text, re.MULTILINE)}
        missing += [f"{page.name}: #{to}" for to in re.findall(r"\]\(#([^)]+)\)", text) if to not in anchors]
    assert missing == []


def anchor(title: str) -> str:
    """A heading as a link to it is written."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def test_every_verb_and_configuration_error_is_in_the_documentation() -> None:
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert [verb for verb in VERBS if f"cep {verb}" not in text] == []
    sources = [*(ROOT / "cep" / "connectors").rglob("*.py"), *(ROOT / "cep" / "cli").glob("*.py")]
    codes = {code for file in sources for code in re.findall(r'"(C\d{4})"', file.read_text(encoding="utf-8"))}
    assert sorted(codes - documented(text)) == []


def documented(text: str) -> set[str]:
    """The codes in a text, with all those between two of `C0101 to C0103`."""
    found = set(re.findall(r"C\d{4}", text))
    for first, last in re.findall(r"C(\d{4}) to C(\d{4})", text):
        found |= {f"C{number:04d}" for number in range(int(first), int(last))}
    return found
