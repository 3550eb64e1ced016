"""One case in this process: python -m benchmarks.suites SUITE CASE SCALE prints its figures as JSON."""

from __future__ import annotations

import json
import sys

from benchmarks.suites import cases
from cep.cli.run_collector import calm_collector

if __name__ == "__main__":
    suite, case, scale = sys.argv[1:]
    run = cases(suite)[case]
    with calm_collector():
        print(json.dumps(run(float(scale))))
