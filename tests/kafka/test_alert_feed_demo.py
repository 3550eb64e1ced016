"""The rule of the live alert feed; the demo itself takes half a minute."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cep.language.load import load_paths

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "examples" / "kafka_alert_feed"


def test_its_rule_is_right() -> None:
    rules = load_paths([str(FOLDER)])
    assert [rule.name for rule in rules.rules] == ["card_testing"]


@pytest.mark.long
@pytest.mark.kafka
def test_every_fraud_is_told_once_although_a_worker_dies(kafka_there: None) -> None:
    command = [sys.executable, str(FOLDER / "demo.py")]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.endswith("each once: True\n")
