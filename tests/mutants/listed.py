"""All mutants."""

from __future__ import annotations

from tests.mutants.gathering import GATHERED
from tests.mutants.generating import GENERATING
from tests.mutants.matching import MATCHING
from tests.mutants.planning import PLANNING
from tests.mutants.restoring import RESTORING
from tests.mutants.selecting import SELECTING

MUTANTS = {mutant.name: mutant for mutant in (*MATCHING, *GATHERED, *SELECTING, *PLANNING, *GENERATING, *RESTORING)}
