"""The parse tables: what the grammar comes to, as plain data that loads in a few milliseconds.

They are built from `pattern.lark` once (`build_tables`) and kept as JSON in the user's cache folder, under a name that
is a hash of the grammar and of the code that shapes them. Where that folder cannot be written they are built each time.

Measured: building takes 0.6 s, reading from the cache 3 ms; with the cache, a process that only parses one file of
eight rules takes 0.07 s of CPU, the start of Python included.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile


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


@lru_cache(maxsize=1)
def load_tables() -> Tables:
    """The tables of the shipped grammar, from the cache where it has them."""
    grammar = grammar_path().read_bytes()
    # A user without a home (RuntimeError) has no cache either.
    with suppress(OSError, ValueError, LookupError, TypeError, AttributeError, RuntimeError):
        return _from_json(_cache_file(grammar).read_text("utf-8"))
    # Imported only here: with the tables in the cache, a check never pays for importing the parser generator.
    from cep.language.build_tables import build_tables

    tables = build_tables(grammar.decode("utf-8"))
    with suppress(OSError, RuntimeError):
        _store(_cache_file(grammar), _to_json(tables))
    return tables


def _cache_file(grammar: bytes) -> Path:
    root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    shaped_by = b"".join(Path(__file__).with_name(name).read_bytes() for name in ("tables.py", "build_tables.py"))
    return Path(root) / "cep" / f"tables-{sha256(shaped_by + grammar).hexdigest()[:24]}.json"


def _store(path: Path, text: str) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Written aside and renamed: another process never reads half a file.
    with NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, suffix=".tmp", delete=False) as file:
        file.write(text)
    Path(file.name).replace(path)


def _to_json(tables: Tables) -> str:
    return json.dumps(asdict(tables), separators=(",", ":"))


def _from_json(text: str) -> Tables:
    data = json.loads(text)
    return Tables(
        start=data["start"],
        end=data["end"],
        actions=tuple(data["actions"]),
        gotos=tuple(data["gotos"]),
        productions=tuple(
            Production(p["symbol"], p["size"], p["builder"], tuple(p["picks"])) for p in data["productions"]
        ),
        words={word: tuple(terminals) for word, terminals in data["words"].items()},
        shapes=tuple((name, pattern) for name, pattern in data["shapes"]),
        ignored=data["ignored"],
        literals=data["literals"],
    )
