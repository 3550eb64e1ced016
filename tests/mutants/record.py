"""What is known of the mutants: the seed and net that catch each, and under which generator, in `caught.json`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.mutants.mutant import Mutant

PATH = Path(__file__).with_name("caught.json")


@dataclass(frozen=True, slots=True)
class Catch:
    """The first seed on which a mutant shows, and how: the outcome `differs`, the engine `fails` or `hangs`."""

    seed: int
    how: str


def recorded() -> dict[str, Any]:
    """The record: `generator`, the mark of the generator whose seeds they are, and `mutants`."""
    if not PATH.exists():
        return {"generator": "", "mutants": {}}
    record: dict[str, Any] = json.loads(PATH.read_text(encoding="utf-8"))
    return record


def caught(mark: str | None = None) -> dict[str, Catch]:
    """Catches by the names of mutants; with `mark`, only if they are of that generator."""
    record = recorded()
    if mark not in (None, record["generator"]):
        return {}
    return {name: Catch(entry["seed"], entry["how"]) for name, entry in record["mutants"].items()}


def keep(mutants: dict[str, Mutant], catches: dict[str, Catch], mark: str) -> None:
    """Write the catches of the mutants that are listed, in the order of the list."""
    known = {
        name: {"net": mutant.net, "seed": catches[name].seed, "how": catches[name].how}
        for name, mutant in mutants.items()
        if name in catches
    }
    lines = ",\n".join(f"    {json.dumps(name)}: {json.dumps(entry)}" for name, entry in known.items())
    text = f'{{\n  "generator": "{mark}",\n  "mutants": {{\n{lines}\n  }}\n}}\n'
    PATH.write_text(text, encoding="utf-8")
