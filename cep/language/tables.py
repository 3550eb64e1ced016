"""The parse tables: what the grammar comes to, as plain data that loads in a few milliseconds.

They are built from `pattern.lark` by `python -m cep.language.build_tables`, and lie beside it as `tables.json`, which
names the grammar by its hash. For a grammar that was changed since, they are built each time, which takes 0.6 s.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

import msgspec


@dataclass(frozen=True, slots=True)
class Production:
    """One alternative of a grammar rule.

    `size` is the number of symbols it takes off the stack. `builder` names the function that builds the node; None
    hands the only kept value on; `*` collects values into a list. `picks` holds an entry for each argument of the
    builder: the index of the symbol, -1 for an absent optional part, or `~index` - 1 for a list that is spliced in.
    """

    symbol: str
    size: int
    builder: str | None
    picks: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Tables:
    """An LALR(1) automaton and what its lexer needs.

    `actions[state][terminal]` is a state to shift to (0 or more) or `-1 - production` to reduce by; `gotos[state]`
    maps a rule's name to the state after it. `words` maps each keyword to its terminals, `shapes` each other terminal
    to its regular expression in the order to try, `ignored` is the regular expression of what may stand between.
    `literals` maps terminals that are always written one way to their text, for messages.
    """

    start: int
    end: int
    actions: tuple[dict[str, int], ...]
    gotos: tuple[dict[str, int], ...]
    productions: tuple[Production, ...]
    words: dict[str, tuple[str, ...]]
    shapes: tuple[tuple[str, str], ...]
    ignored: str
    literals: dict[str, str]


def grammar_path() -> Path:
    """Where the grammar is: inside an installed package, or beside it in a checkout."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "grammar" / "pattern.lark"
    return installed if installed.exists() else package.parent / "grammar" / "pattern.lark"


def tables_path() -> Path:
    """Where the tables of the grammar are kept."""
    return grammar_path().with_name("tables.json")


@lru_cache(maxsize=1)
def load_tables() -> Tables:
    """The tables of the grammar as it stands."""
    grammar = grammar_path().read_bytes()
    shipped = _shipped()
    if shipped is not None and shipped.grammar == sha256(grammar).hexdigest():
        return shipped.tables
    # Imported only here: with the tables beside the grammar, a check never pays for importing the parser generator.
    from cep.language.build_tables import build_tables

    return build_tables(grammar.decode("utf-8"))


@dataclass(frozen=True, slots=True)
class _Shipped:
    """The file of the tables: the hash of the grammar they are made from, and the tables."""

    grammar: str
    tables: Tables


def _shipped() -> _Shipped | None:
    path = tables_path()
    return msgspec.json.decode(path.read_bytes(), type=_Shipped) if path.exists() else None


def tables_text(grammar: str, tables: Tables) -> str:
    """The text of the file in which the tables of a grammar are kept, one state a line."""
    whole = asdict(_Shipped(sha256(grammar.encode("utf-8")).hexdigest(), tables))
    text = msgspec.json.encode(whole).decode("utf-8")
    return text.replace("},{", "},\n{").replace("],", "],\n") + "\n"
