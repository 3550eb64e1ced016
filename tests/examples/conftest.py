"""The examples are scripts beside their modules: tests import them as the scripts do."""

from __future__ import annotations

import sys
from pathlib import Path

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"

for folder in ("quickstart", "security_logs"):
    sys.path.insert(0, str(EXAMPLES / folder))
