"""One case in this process: python -m benchmarks.suites SUITE CASE SCALE prints its figures as JSON."""

from __future__ import annotations

import json
import sys

from benchmarks.suites import cases

if __name__ == "__main__":
    suite, case, scale = sys.argv[1:]
    print(json.dumps(cases(suite)[case](float(scale))))
