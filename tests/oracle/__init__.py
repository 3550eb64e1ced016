"""A slow, obvious reference matcher, straight from section 4 of the language page, over checked rules.

In: a rule of `cep.language.model` and events in processing order. Out: matches and time-outs. It imports nothing of
`cep.plan` or `cep.engine` and evaluates expressions by itself, so that a mistake there cannot hide here. It costs
whatever is simplest: every thread is visited for every event, aggregates and threshold windows are computed afresh.

How it is laid out, one concept a file: `events` (in and out), `nodes` (the pattern as a tree), `places` (what a thread
may wait for), `expand` (which places lie behind a taken event), `taking` (what one event does to one thread),
`thresholds`, `conjunctions`, `absences`, `limits` (deadlines), `selection`, `timeouts`, `runner` (one key in time
order), `expressions` and `functions` (three-valued interpreter).
"""

from tests.oracle.events import Coordinate, Match, OracleEvent, Report, Timeout
from tests.oracle.keyed import TooManyThreads
from tests.oracle.runner import run

__all__ = ["Coordinate", "Match", "OracleEvent", "Report", "Timeout", "TooManyThreads", "run"]
