"""A mutant: one slip in one file of the package."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal as OneOf

Net = OneOf["sequences", "full", "deep", "restart", "restart full", "indexed", "cases"]
"""What catches it: generated pairs of sequences, loops and absences; of the full language; of what nests deep, with
absences at its edges; the same with a restart after every event; with every wait indexed that can be; or pairs written
by hand."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """`old`, which stands once in `file` (below `cep/`), becomes `new`.

    `needs`: a pattern without which in its text a rule cannot show the slip; such pairs are passed over unrun.
    """

    name: str
    file: str
    old: str
    new: str
    net: Net = "sequences"
    needs: str = ""

    def applied(self, text: str) -> str:
        """The file's text with the slip. Raises `ValueError` if `old` is not there exactly once."""
        found = text.count(self.old)
        if found != 1:
            raise ValueError(f"mutant `{self.name}`: its text stands {found} times in cep/{self.file}; list it anew")
        return text.replace(self.old, self.new)

    def spoil(self, package: Path) -> None:
        """Make the slip in a copy of the package."""
        path = package / self.file
        path.write_text(self.applied(path.read_text(encoding="utf-8")), encoding="utf-8")
        for compiled in path.parent.glob(f"__pycache__/{path.stem}.*.pyc"):
            compiled.unlink()
