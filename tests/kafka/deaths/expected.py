"""What has to be in the outputs: recomputed from the exported inputs by one pass over files, and compared."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from cep.connectors.job.model import Guarantee
from cep.connectors.kafka.port import Place
from tests.kafka.deaths.cluster import KINDS, Found
from tests.kafka.deaths.feed import RULES, TYPES

Lines = Mapping[str, Counter[bytes]]


def expected(folder: Path, job: str, inputs: Mapping[Place, list[bytes]]) -> Lines:
    """The lines of each output, by one run over a file for each topic."""
    own = folder / "pass"
    own.mkdir()
    (own / "rules.pattern").write_text(RULES, encoding="utf-8")
    sources = []
    for stem, event in TYPES.items():
        raws = [raw for (topic, _), records in inputs.items() if topic.endswith(stem) for raw in records]
        (own / f"{stem}.jsonl").write_bytes(b"".join(raw + b"\n" for raw in raws))
        sources.append(f"  {stem}: {{file: {stem}.jsonl, types: {{{event}: {{}}}}}}\n")
    sinks = [f"{kind}: {{file: {kind}.out}}\n" for kind in KINDS]
    text = f"job: {job}\nrules: [rules.pattern]\nsources:\n{''.join(sources)}{''.join(sinks)}"
    (own / "job.yaml").write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "cep", "run", "job.yaml", "--open-end", "--evidence", "full", "--quiet"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    subprocess.run(command, cwd=own, env=environment, check=True)
    return {kind: Counter((own / f"{kind}.out").read_bytes().splitlines()) for kind in KINDS}


def differences(wanted: Lines, found: Found, guarantee: Guarantee) -> list[str]:
    """Missing and made up lines, under `exactly_once` doubled ones as well, and headers that do not fit."""
    wrong = list(found.headers)
    for kind, lines in wanted.items():
        there = found.lines[kind]
        wrong += [f"missing in {kind}: {line.decode()}" for line in lines - there]
        wrong += [f"made up in {kind}: {line.decode()}" for line in there if line not in lines]
        if guarantee == "exactly_once":
            wrong += [f"doubled in {kind}: {line.decode()}" for line in there if 0 < lines[line] < there[line]]
    return wrong


def missing(wanted: Lines, found: Found) -> int:
    """How many lines are not there yet."""
    return sum((lines - found.lines[kind]).total() for kind, lines in wanted.items())
