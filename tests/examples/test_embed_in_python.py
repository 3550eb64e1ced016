"""The example of rules inside a Python program does what its README shows."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "examples" / "embed_in_python"


def test_the_script_prints_what_the_readme_shows() -> None:
    shown = re.search(r"```text\n(.*?)```", (FOLDER / "README.md").read_text(), re.DOTALL)
    assert shown is not None
    done = subprocess.run([sys.executable, FOLDER / "embed.py"], capture_output=True, text=True, check=True)
    assert done.stdout == shown[1]
    assert not done.stderr
