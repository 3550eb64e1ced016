"""What is known of the mutants: the seed and net that catch each, in `caught.json`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from tests.mutants.mutant import Mutant

PATH = Path(__file__).with_name("caught.json")


@dataclass(frozen=True, slots=True)
class Catch:
    """The first seed on which a mutant shows, and how: the outcome `differs`, the engine `fails` or `hangs`."""

    seed: int
    how: str


def caught() -> dict[str, Catch]:
    """Catches by the names of mutants."""
    if not PATH.exists():
        return {}
    entries = json.loads(PATH.read_text(encoding="utf-8"))
    return {name: Catch(entry["seed"], entry["how"]) for name, entry in entries.items()}


def keep(mutants: dict[str, Mutant], catches: dict[str, Catch]) -> None:
    """Write the catches of the mutants that are listed, in the order of the list."""
    known = {
        name: {"net": mutant.net, "seed": catches[name].seed, "how": catches[name].how}
        for name, mutant in mutants.items()
        if name in catches
    }
    lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(entry)}" for name, entry in known.items())
    PATH.write_text("{\n" + lines + "\n}\n", encoding="utf-8")
