"""What a job writes: alerts a portion at a time, in order."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from cep.connectors import outputs
from cep.connectors.job.model import FileSink, Job
from cep.connectors.line_sink import LineSink
from cep.connectors.outputs import JobOutputs
from tests.runtime.support import chunk, everything, lines, shard

TEXT = """
event A { k: string  ts: timestamp("s") } time ts
rule pairs { match by k within 1h
  a: A{2} combinations
  after match skip nothing }
rule quiet { mode shadow match by k within 1h
  a: A then b: A }
"""


def test_alerts_are_written_a_portion_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    write = LineSink.write

    def counted(sink: LineSink, written: Sequence[bytes], of: object) -> None:
        sizes.append(len(written))
        write(sink, written, of)

    monkeypatch.setattr(LineSink, "write", counted)
    monkeypatch.setattr(outputs, "PORTION", 10)
    out = everything(shard(TEXT), [[chunk([{"type": "A", "k": "k", "ts": i} for i in range(12)])]])
    job = Job("test", (), (), alerts=FileSink(tmp_path / "alerts"), shadow=FileSink(tmp_path / "shadow"))
    taking = JobOutputs(job)
    taking.take(out)
    taking.close()
    assert max(sizes) <= 10 and sum(sizes) == len(out.alerts) == 66 + 6
    written = (tmp_path / "alerts").read_bytes().splitlines()
    assert written == [line for line in lines(out) if b'"rule":"pairs"' in line]
    assert len((tmp_path / "shadow").read_bytes().splitlines()) == 6
    assert (taking.tally.alerts, taking.tally.shadow) == ({"pairs": 66}, {"quiet": 6})
