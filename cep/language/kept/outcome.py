"""What a check of one file without errors came to."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import cast

from cep.language.check.unused import EventUse
from cep.language.diagnostics import Diagnostic, Span
from cep.language.kept.packing import pack, unpack
from cep.language.model import Declared, Rule, Test

_QUICK = 1


@dataclass(frozen=True, slots=True)
class ImportedFile:
    """An `import`: its path as written, the file's name as shown, the place of the import, and the digest of the file
    with its imports."""

    path: str
    name: str
    span: Span
    digest: bytes


@dataclass(frozen=True, slots=True)
class Outcome:
    """All that others have to know of a file, and its rules and tests packed, to be read when they are asked for.

    `digest` is that of the text and of all that it imports; `rules` are the qualified names with their places;
    `span_params` the params that spans are taken from. The findings are warnings: those of declarations are told
    whenever the file is read, the others if it is selected.
    """

    imports: tuple[ImportedFile, ...]
    declared: Declared
    use: EventUse
    digest: bytes
    rules: tuple[tuple[str, Span], ...]
    span_params: frozenset[str]
    of_declarations: tuple[Diagnostic, ...]
    of_rules: tuple[Diagnostic, ...]
    packed: bytes

    def models(self) -> tuple[tuple[Rule, ...], tuple[Test, ...]]:
        """The rules and tests themselves."""
        return cast("tuple[tuple[Rule, ...], tuple[Test, ...]]", unpack(zlib.decompress(self.packed)))


def packed_models(rules: tuple[Rule, ...], tests: tuple[Test, ...]) -> bytes:
    """Rules and tests for `Outcome.packed`."""
    return zlib.compress(pack((rules, tests)), _QUICK)
