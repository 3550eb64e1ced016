"""The outputs of a run whose points are recorded beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from cep.connectors.errors import ConnectorFailure
from cep.connectors.files import Input
from cep.connectors.outputs import JobOutputs
from cep.runtime.output import Output
from cep.runtime.points.entries import Taken
from cep.runtime.points.log import PointLog

POINTS = "points"
"""What the file of points is called among the outputs."""


class RecordedOutputs:
    """Writes the steps of a shard to the log, then everything to the outputs. The log is kept, cut and made safe as one
    of them."""

    def __init__(self, outputs: JobOutputs, log: PointLog, inputs: Sequence[Input] = ()) -> None:
        """`inputs`: those whose positions are noted with the points."""
        self._outputs = outputs
        self._inputs = inputs
        self._log = log

    @property
    def points(self) -> int:
        """Bytes that the log holds."""
        return self._log.size

    def take(self, output: Output) -> None:
        """Write out what one call of the shard brought about. Raises `ConnectorFailure`."""
        with self._failures():
            for step in output.steps:
                self._log.step(step, self._positions() if step.kind == "end" else {})
        self._outputs.take(output)

    def taken(self, point: Taken) -> None:
        """A version of the rules is taken. Raises `ConnectorFailure`."""
        with self._failures():
            self._log.take(point, self._positions())

    def sizes(self) -> dict[str, int]:
        """Bytes that each output and the log hold."""
        return self._outputs.sizes() | {POINTS: self._log.size}

    def cut(self, sizes: Mapping[str, int]) -> None:
        """Keep that many bytes of each file. Raises `ConnectorFailure`."""
        self._outputs.cut(sizes)
        with self._failures():
            self._log.cut(sizes.get(POINTS, 0))

    def cut_points(self, size: int) -> None:
        """Keep that many bytes of the log alone. Raises `ConnectorFailure`."""
        with self._failures():
            self._log.cut(size)

    def sync(self) -> None:
        """Return once all that was written is safe. Raises `ConnectorFailure`."""
        self._outputs.sync()
        with self._failures():
            self._log.sync()

    def _positions(self) -> dict[str, bytes]:
        return {one.source.name: one.feed.position() for one in self._inputs}

    @contextmanager
    def _failures(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            path = str(self._log.path)
            message = f"the recorded points cannot be written to `{path}`: {error.strerror or error}"
            raise ConnectorFailure("C0305", message, "make room, or write elsewhere, and rerun", path) from error
