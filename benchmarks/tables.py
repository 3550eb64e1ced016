"""Figures as tables of Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from benchmarks.aims import aims, met
from benchmarks.peers.engines import ENGINES

TITLES = {"cep": "`cep run`", **{engine.name: engine.title for engine in ENGINES}}
COLUMNS: dict[str, Sequence[tuple[str, str]]] = {
    "workloads": (
        ("us_per_event", "µs an event"),
        ("x_floor", "× floor"),
        ("events_per_s", "events/s"),
        ("alerts", "alerts"),
        ("resident_mib", "MiB"),
        ("start_s", "start, CPU s"),
        ("first_alert_s", "first alert, s"),
    ),
    "streams": (
        ("us_per_event", "µs an event"),
        ("x_floor", "× floor"),
        ("alerts", "alerts"),
        ("resident_mib", "MiB"),
    ),
    "rules": (
        ("us_per_event", "µs an event"),
        ("start_s", "compiled in, CPU s"),
        ("open", "open"),
        ("resident_mib", "MiB"),
    ),
    "windows": (("us_per_event", "µs an event"), ("visits", "runs visited"), ("open", "open")),
    "captured": (("us_per_event", "µs an event"), ("alerts", "alerts"), ("open", "left open")),
    "state": (
        ("open", "open"),
        ("us_per_event", "µs an event"),
        ("state_mib", "state, MiB"),
        ("bytes_per_run", "bytes a run"),
        ("snapshot_s", "written in, CPU s"),
        ("file_mib", "file, MiB"),
        ("restore_s", "read in, CPU s"),
        ("first_event_s", "next event, CPU s"),
    ),
    "delay": (("alerts", "alerts"), ("median_s", "median"), ("p90_s", "90 %"), ("p99_s", "99 %"), ("most_s", "most")),
    "checking": (
        ("cold_s", "first, CPU s"),
        ("cold_mib", "MiB"),
        ("again_s", "again, CPU s"),
        ("again_mib", "MiB"),
    ),
    "stages": (
        ("split_us", "read and split"),
        ("decode_us", "decode"),
        ("take_us", "check, route, judge lateness"),
        ("order_us", "order"),
        ("match_us", "match"),
        ("alerts_us", "write alerts"),
        ("total_us", "together, µs an event"),
        ("alerts", "alerts"),
    ),
    "carried": (
        ("read_us", "read, match or keep, µs"),
        ("leave_us", "pack to leave"),
        ("arrive_us", "taken at the home"),
        ("total_us", "together"),
        ("bytes_an_event", "bytes an event"),
        ("events_a_parcel", "events a parcel"),
    ),
    "alerts": (
        ("us_per_alert", "µs an alert"),
        ("us_per_id", "of it the id"),
        ("bytes_per_alert", "bytes an alert"),
        ("alerts", "alerts"),
    ),
}


def sections(found: dict[str, Any]) -> dict[str, str]:
    """Every table of the page by its mark."""
    made = {suite: suite_table(suite, found["suites"][suite]) for suite in COLUMNS if suite in found["suites"]}
    made["peers dense"] = peer_table(found["peers_dense"])
    made["peers slow"] = peer_table(found["peers_slow"])
    made["peers hot"] = peer_table(found["peers_hot"])
    made["differences"] = differences(found)
    made["peer delays"] = delay_table(found["delays"])
    made["measured"] = measured(found)
    made["aims"] = table(
        ["", "aim", "measured", ""],
        [[aim[0], short(aim[1]), short(aim[2]), "met" if met(aim) else "not yet"] for aim in aims(found)],
    )
    return made


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def figure(spread: dict[str, float] | None) -> str:
    """A median, with the least and the most where they say more than that."""
    if spread is None:
        return ""
    median, low, high = spread["median"], spread["low"], spread["high"]
    if high - low <= 0.02 * abs(median) or spread["runs"] == 1:
        return short(median)
    return f"{short(median)} ({short(low)}–{short(high)})"


def short(value: float) -> str:
    """Three digits that count, or the whole number."""
    if value == int(value) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def suite_table(suite: str, found: dict[str, Any]) -> str:
    """The cases of a suite, with the figures that any of them has."""
    cases = found["cases"]
    columns = [(name, title) for name, title in COLUMNS[suite] if any(name in case for case in cases.values())]
    rows = []
    for name, case in cases.items():
        if "failed" in case:
            rows.append([name, f"did not finish: {case['failed'].splitlines()[-1]}", *[""] * (len(columns) - 1)])
        else:
            rows.append([name, *(figure(case.get(column)) for column, _ in columns)])
    return table(["", *(title for _, title in columns)], rows)


def peer_table(found: dict[str, Any]) -> str:
    """Engines down, workloads across: warm CPU microseconds an event, and how many times ours."""
    workloads = found["workloads"]
    names = list(dict.fromkeys(name for rows in workloads.values() for name in rows))
    rows = [[TITLES[name], *(cell(rows, name) for rows in workloads.values())] for name in names]
    floors = found["floors"]
    rows.append(["floor: file, lines, decoding", *[figure(floors["file"])] * len(workloads)])
    if "flink" in floors:
        rows.append(["floor: the Flink job without a pattern", *[figure(floors["flink"])] * len(workloads)])
    return table(["", *workloads], rows)


def cell(rows: dict[str, Any], name: str) -> str:
    """One figure of a peer."""
    row = rows.get(name, {"status": ""})
    if "us_per_event" not in row:
        return str(row["status"])
    ours, warm = rows["cep"]["us_per_event"]["median"], row["us_per_event"]
    mark = "" if row.get("agreement", "same") == "same" else " ¹"
    return figure(warm) + ("" if name == "cep" else f", **{warm['median'] / ours:.2g}×**") + mark


def merged(found: dict[str, Any]) -> dict[str, Any]:
    """Workloads of both shapes."""
    rows: dict[str, Any] = found["peers_dense"]["workloads"] | found["peers_slow"]["workloads"]
    return {name: rows[name] for name in sorted(rows)}


def differences(found: dict[str, Any]) -> str:
    """First matches, memory and cold runs; and where a peer finds other matches."""
    rows = []
    for workload, engines in merged(found).items():
        for name, row in engines.items():
            if "us_per_event" in row and name != "arrival":
                first = row["first_match_s"]
                cold, memory = figure(row["cold_us_per_event"]), figure(row["resident_mib"])
                told = "" if name == "cep" else row.get("agreement", "")
                rows.append([workload, TITLES[name], cold, memory, figure(first), f"{row['matches']:,}", told])
    return table(["", "", "cold, µs an event", "MiB", "first match, s", "matches", "compared with ours"], rows)


def delay_table(found: dict[str, Any]) -> str:
    """Delays of alerts, seconds of event time."""
    rows = [
        [workload, TITLES[name], *(short(row[key]) for key in ("alerts", "median_s", "p90_s", "p99_s", "most_s"))]
        for workload, engines in found["workloads"].items()
        for name, row in engines.items()
    ]
    return table(["", "", "alerts", "median", "90 %", "99 %", "most"], rows)


def measured(found: dict[str, Any]) -> str:
    """Machine, versions, time and command of each file of results."""
    about = {name: found[name]["machine"] for name in ("peers_dense", "peers_slow", "peers_hot", "delays")}
    about |= {suite: result["machine"] for suite, result in found["suites"].items()}
    rows = [[name, told["at"], told["cep"], told["load"], f"`{told['command']}`"] for name, told in about.items()]
    one = next(iter(about.values()))
    libraries = ", ".join(f"{name} {one[name]}" for name in ("msgspec", "sortedcontainers"))
    head = f"{one['machine']}; Python {one['python']}, {libraries}, {one['java'].replace(chr(34), '')}."
    return f"{head}\n\n" + table(["", "at", "version", "load of the machine", "command"], rows)


def curve(found: dict[str, Any], name: str) -> list[tuple[float, float]]:
    """Time over the number at the end of the cases' names."""
    return [
        (float(case.rpartition(" ")[2]), figures["us_per_event"]["median"])
        for case, figures in found["cases"].items()
        if case.rpartition(" ")[0] == name and "us_per_event" in figures
    ]


def by_engine(found: dict[str, Any]) -> dict[str, dict[str, float]]:
    """Warm figures for a chart, by workload and engine."""
    shown = ("cep", "flink", "esper", "siddhi", "eql", "loop")
    return {
        workload: {name: rows[name]["us_per_event"]["median"] for name in shown if "us_per_event" in rows.get(name, {})}
        for workload, rows in found["workloads"].items()
    }
