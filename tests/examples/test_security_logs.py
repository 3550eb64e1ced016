"""Both recordings, where they are: what the six rules find, and what their steps would find alone."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest
import run as security

FOLDER = security.find_folder()
VARIANTS = Path(__file__).with_name("security_variants.pattern")

CREDENTIALS, SERVICE = "empire_mimikatz_logonpasswords", "empire_psexec_dcerpc_tcp_svcctl"

pytestmark = pytest.mark.skipif(
    FOLDER is None,
    reason=f"the OTRF Security-Datasets recordings are not here: name their folder in {security.VARIABLE}",
)


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The recordings by name, unpacked."""
    assert FOLDER is not None
    return dict(security.unpacked(FOLDER, tmp_path_factory.mktemp("logs")))


def found(outcome: security.Outcome) -> list[tuple[str, list[tuple[str, int]]]]:
    """Each alert as its rule, and the step and line of each event."""
    return [
        (alert["rule"], [(event["step"], int(event["source"].rpartition("/")[2])) for event in alert["events"]])
        for alert in outcome.alerts
    ]


def test_a_credential_dump(logs: dict[str, Path], tmp_path: Path) -> None:
    outcome = security.run(logs[CREDENTIALS], tmp_path)
    assert (outcome.late, outcome.dead) == (0, 0)
    assert outcome.fired() == {
        "lsass_read_after_discovery": 1,
        "lsass_read_after_beacon": 1,
        "lsass_read_amid_script_burst": 1,
    }
    alerts = dict(found(outcome))
    read = [step for step in alerts["lsass_read_after_discovery"] if step[0] == "read"]
    assert len(alerts["lsass_read_after_discovery"]) == 2
    assert [step for step, _ in alerts["lsass_read_after_beacon"]] == ["calls"] * 5 + ["read"]
    assert [step for step, _ in alerts["lsass_read_amid_script_burst"]] == ["burst"] * 200 + ["read"]
    # Three ways to the same record: PowerShell opens lsass with 0x1010.
    assert all(events[-1] == read[0] for events in alerts.values())
    record = json.loads(logs[CREDENTIALS].read_text(encoding="utf-8").split("\n")[read[0][1] - 1])
    assert (record["EventID"], record["GrantedAccess"]) == (10, "0x1010")
    assert record["TargetImage"].endswith("lsass.exe") and record["@timestamp"].startswith("2020-08-07T14:32:57")


def test_a_service_made_over_the_network(logs: dict[str, Path], tmp_path: Path) -> None:
    outcome = security.run(logs[SERVICE], tmp_path)
    assert (outcome.late, outcome.dead) == (0, 0)
    assert outcome.fired() == {
        "shell_service_over_network": 1,
        "shell_service_looks_around": 1,
        "shell_service_never_ran": 1,
    }
    alerts = dict(found(outcome))
    lines = logs[SERVICE].read_text(encoding="utf-8").split("\n")
    ids = {rule: [json.loads(lines[line - 1])["EventID"] for _, line in events] for rule, events in alerts.items()}
    assert ids == {
        "shell_service_over_network": [4624, 4697, 7045],
        "shell_service_looks_around": [1, 1, 1],
        "shell_service_never_ran": [7045],
    }
    fields = {alert["rule"]: alert["fields"] for alert in outcome.alerts}
    assert fields["shell_service_over_network"]["address"] == "172.18.39.5"
    assert fields["shell_service_over_network"]["service"] == fields["shell_service_never_ran"]["service"] == "Updater"


STEPS_ALONE = {
    CREDENTIALS: {
        "opens_lsass": 4,
        "reads_lsass": 1,
        "powershell_looks_around": 1,
        "powershell_calls_out": 35,
        "script_burst": 7,
        "small_script_burst": 31,
        "network_logon": 10,
        "network_logon_from_elsewhere": 6,
    },
    SERVICE: {
        "opens_lsass": 7,
        "powershell_looks_around": 1,
        "powershell_calls_out": 3,
        "small_script_burst": 1,
        "network_logon": 7,
        "network_logon_from_elsewhere": 4,
        "service_starts_shell": 1,
        "service_installed": 1,
        "effect_before_cause": 1,
    },
}


@pytest.mark.parametrize("name", [CREDENTIALS, SERVICE])
def test_what_the_steps_would_find_alone(name: str, logs: dict[str, Path], tmp_path: Path) -> None:
    """The table of the README; `cause_before_effect`, in the order of what happened, finds nothing."""
    rules = tmp_path / "rules"
    rules.mkdir()
    for source in (VARIANTS, security.HERE / "rules" / "events.pattern"):
        (rules / source.name).write_bytes(source.read_bytes())
    (tmp_path / "job.yaml").write_bytes((security.HERE / "job.yaml").read_bytes())
    assert security.run(logs[name], tmp_path / "out", tmp_path / "job.yaml").fired() == STEPS_ALONE[name]


def test_the_declared_lateness_is_ample(logs: dict[str, Path]) -> None:
    behind = {}
    for name, log in logs.items():
        times = [
            datetime.fromisoformat(json.loads(line)["@timestamp"])
            for line in log.read_text(encoding="utf-8").splitlines()
        ]
        greatest, worst, count = times[0], 0.0, 0
        for time in times:
            count += time < greatest
            worst = max(worst, (greatest - time).total_seconds())
            greatest = max(greatest, time)
        behind[name] = (len(times), count, worst)
    assert behind == {CREDENTIALS: (6026, 4, 0.006), SERVICE: (4348, 0, 0.0)}
