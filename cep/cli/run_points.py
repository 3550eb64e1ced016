"""The recorded points of a `cep run`: where they go, and what is said of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cep.connectors.errors import ConfigurationError
from cep.connectors.files import Input
from cep.connectors.job.identity import source_marks
from cep.connectors.job.model import Job
from cep.connectors.outputs import JobOutputs
from cep.runtime.points.version import RulesVersion
from cep.runtime.shard import Shard

if TYPE_CHECKING:
    from cep.connectors.recorded import RecordedOutputs
    from cep.runtime.points.log import PointLog

FILE = "all.points"
"""The file of points in a folder of state."""


def points_file(job: Job, record: Path | None) -> Path | None:
    """Where the points of a run go; None: nowhere. Raises `ConfigurationError` for two places."""
    if job.state is None:
        return record
    if record is not None:
        message = f"the job keeps state, and its points are recorded in `{job.state.path / FILE}`"
        raise ConfigurationError("C0270", message, "leave `--record` out", "--record")
    return job.state.path / FILE


def open_log(path: Path) -> PointLog:
    """The file of points at its end. Raises `ConfigurationError` where it cannot be written."""
    # imported late, here and below: most runs record nothing, and each module counts until the first alert
    from cep.runtime.points.log import PointLog

    try:
        return PointLog(path)
    except OSError as error:
        message = f"`{path}` cannot be written: {error.strerror or error}"
        raise ConfigurationError("C0115", message, "choose a file that this user may write", str(path)) from error


class Points:
    """Notes where versions of the rules are taken, if there is where to."""

    def __init__(self, job: Job, inputs: Sequence[Input], outputs: JobOutputs, log: PointLog | None) -> None:
        self._job = job
        self._recorded: RecordedOutputs | None = None
        if log is not None:
            from cep.connectors.recorded import RecordedOutputs

            self._recorded = RecordedOutputs(outputs, log, inputs)
        self.outputs: JobOutputs | RecordedOutputs = self._recorded or outputs

    def note(self, version: RulesVersion, shard: Shard) -> int:
        """`version` runs from here on. How many bytes the file held before. Raises `ConnectorFailure`."""
        if self._recorded is None:
            return 0
        from cep.runtime.points.entries import Taken

        before = self._recorded.points
        marks = source_marks(self._job, shard.wiring)
        self._recorded.taken(Taken(version, self._job.name, marks, shard.positions()))
        return before

    @property
    def begun(self) -> bool:
        """Whether any point stands behind which the run goes on. None does behind the snapshot of a start: it is made
        safe before the first point is written."""
        return self._recorded is None or self._recorded.points > 0

    def keep(self) -> None:
        """Return once the outputs of a run whose points are recorded are safe. Raises `ConnectorFailure`."""
        if self._recorded is not None:
            self._recorded.sync()

    def forget(self, size: int) -> None:
        """The version noted last does not run after all. Raises `ConnectorFailure`."""
        if self._recorded is not None:
            self._recorded.cut_points(size)


def place_text(shard: Shard) -> str:
    """How far a shard has read, for people."""
    return ", ".join(f"{topic}/{number} at {offset}" for topic, number, offset in shard.positions())
