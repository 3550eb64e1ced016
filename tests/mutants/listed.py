"""All mutants."""

from __future__ import annotations

from tests.mutants.edges import EDGES
from tests.mutants.gathering import GATHERED
from tests.mutants.generating import GENERATING
from tests.mutants.in_any_order import IN_ANY_ORDER
from tests.mutants.matching import MATCHING
from tests.mutants.planning import PLANNING
from tests.mutants.restoring import RESTORING
from tests.mutants.selecting import SELECTING

LISTED = (*MATCHING, *GATHERED, *IN_ANY_ORDER, *SELECTING, *PLANNING, *EDGES, *GENERATING, *RESTORING)

MUTANTS = {mutant.name: mutant for mutant in LISTED}
