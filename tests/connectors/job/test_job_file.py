"""The job file: what it says, and every error with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from cep.connectors.errors import ConfigurationError
from cep.connectors.job.model import FileSource, Job
from cep.connectors.job.reader import parse_job, read_job
from cep.language.diagnostics import CheckFailed, Diagnostic

FOLDER = Path("jobs")
WHOLE = """\
job: card-fraud
rules: [rules/, "more/${SET}.pattern"]
sources:
  CardAuth: {file: auth.jsonl}
  Login: {file: -, format: csv, delimiter: ";", max_line: 1_000}
  mixed: {file: /data/mixed.gz, type_field: kind}
  winlog:
    file: winlog.json
    types:
      ProcessAccess: {EventID: 10, "process.name": lsass, ok: true, gone: ~, load: 1.5, code: "007", any: [1, x]}
      Other: {}
lists:
  trusted: [a, 0042]
  many: {file: many.txt}
params: {report_limit: 9_000.00, span: 1h30m, clock: 1:30}
alerts: {file: out.jsonl, evidence: fields}
shadow: {file: -}
late: {file: late.jsonl}
dead_letters: {file: dead.jsonl}
unknown_types: dead_letter
functions: {allow: [bank.models]}
guarantee: at_least_once
"""


def parse(text: str, variables: dict[str, str] | None = None) -> Job:
    """The job of a text, in the folder `jobs`."""
    return parse_job(text, "job.yaml", FOLDER, variables or {})


def test_everything_a_job_says() -> None:
    job = parse(WHOLE, {"SET": "cards"})
    assert job.name == "card-fraud"
    assert job.rules == ("jobs/rules", "jobs/more/cards.pattern")
    card, login, mixed, winlog = job.sources
    assert card == FileSource("CardAuth", FOLDER / "auth.jsonl", event="CardAuth", span=card.span)
    assert (login.path, login.format, login.delimiter, login.line_limit) == (None, "csv", ";", 1000)
    assert (mixed.path, mixed.type_field, mixed.event) == (Path("/data/mixed.gz"), "kind", None)
    access, other = winlog.types
    assert (access.event, other.event, other.fields) == ("ProcessAccess", "Other", ())
    assert dict(access.fields) == {
        "EventID": (10,),
        "process.name": ("lsass",),
        "ok": (True,),
        "gone": (None,),
        "load": (1.5,),
        "code": ("007",),
        "any": (1, "x"),
    }
    assert [value.text for value in job.lists["trusted"].values] == ["a", "0042"]
    assert job.lists["many"].path == FOLDER / "many.txt"
    assert {name: value.text for name, value in job.params.items()} == {
        "report_limit": "9_000.00",
        "span": "1h30m",
        "clock": "1:30",
    }
    assert str(job.params["span"].span) == "job.yaml:15:40"
    assert job.alerts is not None and job.alerts.path == FOLDER / "out.jsonl"
    assert job.shadow is not None and job.shadow.path is None
    assert job.evidence == "fields"
    assert job.unknown_types == "dead_letter"
    assert job.allowed_modules == ("bank.models",)


BASE = "rules: [r]\nsources: {A: {file: a.jsonl}}\n"
ERRORS = {
    "unknown key": (BASE + "parms: {}\n", "C0205", "3:1", "the job has no key `parms`", "did you mean `params`?"),
    "unknown key of a source": (
        "rules: [r]\nsources: {A: {fle: a}}\n",
        "C0205",
        "2:15",
        "source `A` has no key `fle`",
        "did you mean `file`?",
    ),
    "a key twice": (BASE + "rules: [s]\n", "C0204", "3:1", "`rules` is given twice in the job", None),
    "a list for a mapping": (
        "rules: [r]\nsources: [a, b]\n",
        "C0209",
        "2:10",
        "`sources` is a mapping of keys to values, and this is a list",
        None,
    ),
    "no value": (
        BASE + "params: {a: }\n",
        "C0209",
        "3:13",
        "param `a` is a single value, and this is nothing",
        None,
    ),
    "a missing variable": (
        BASE + "job: ${NO_SUCH}\n",
        "C0206",
        "3:6",
        "the environment variable `NO_SUCH` is not set",
        None,
    ),
    "no rules": ("sources: {A: {file: a}}\n", "C0212", "1:1", "the job has no `rules`", None),
    "no sources": ("rules: [r]\nsources: {}\n", "C0216", "2:10", "the job has no source", None),
    "no file": ("rules: [r]\nsources: {A: {format: json}}\n", "C0218", "2:14", "source `A` has no file", None),
    "kafka": (
        BASE + "kafka: {x: y}\n",
        "C0215",
        "3:8",
        "`kafka:` belongs to Kafka jobs, which are not available in this version",
        None,
    ),
    "a topic": (
        "rules: [r]\nsources: {A: {topic: t}}\n",
        "C0215",
        "2:22",
        "reading a Kafka topic is not available in this version",
        None,
    ),
    "alerts to a topic": (
        BASE + "alerts: {topic: t}\n",
        "C0215",
        "3:17",
        "`alerts` to a Kafka topic is not available in this version",
        None,
    ),
    "exactly once": (
        BASE + "guarantee: exactly_once\n",
        "C0215",
        "3:12",
        "`exactly_once` is for Kafka jobs, which are not available in this version",
        None,
    ),
    "a wrong word": (
        BASE + "alerts: {file: a, evidence: ful}\n",
        "C0207",
        "3:29",
        "`ful` is not possible for `evidence`",
        "did you mean `full`?",
    ),
    "a wrong number": (
        "rules: [r]\nsources: {A: {file: a, max_line: many}}\n",
        "C0208",
        "2:34",
        "`many` is not a whole number of at least 1",
        None,
    ),
    "two delimiters": (
        "rules: [r]\nsources: {A: {file: a, delimiter: ab}}\n",
        "C0220",
        "2:35",
        "`ab` cannot separate cells",
        None,
    ),
    "types and type_field": (
        "rules: [r]\nsources: {A: {file: a, types: {B: {}}, type_field: t}}\n",
        "C0219",
        "2:14",
        "source `A` has both `types` and `type_field`",
        None,
    ),
    "standard input twice": (
        "rules: [r]\nsources: {A: {file: -}, B: {file: -}}\n",
        "C0217",
        "2:28",
        "standard input can be one source only, and `A` reads it already",
        None,
    ),
    "no yaml": ("rules: [r\nsources: x\n", "C0201", "2:8", None, None),
    "a tab": ("rules:\n\t- r\n", "C0201", "2:1", None, None),
    "nothing": ("# only a comment\n", "C0202", "1:1", "the job file is empty", None),
    "a circle": ("rules: &x [*x]\nsources: {A: {file: a}}\n", "C0209", "1:8", None, None),
    "a list file without a file": (BASE + "lists: {l: {fil: a}}\n", "C0205", "3:13", None, "did you mean `file`?"),
}


def findings(text: str) -> tuple[Diagnostic, ...]:
    """The diagnostics of a job that is not right."""
    with pytest.raises(CheckFailed) as caught:
        parse(text)
    assert caught.value.sources == {"job.yaml": text}
    return caught.value.diagnostics


@pytest.mark.parametrize("name", ERRORS)
def test_an_error_has_code_place_message_and_fix(name: str) -> None:
    text, code, place, message, fix = ERRORS[name]
    first = findings(text)[0]
    assert (first.code, str(first.span)) == (code, f"job.yaml:{place}")
    assert message is None or first.message == message
    assert first.fix if fix is None else first.fix == fix


def test_all_errors_at_once() -> None:
    found = findings("rulez: [r]\nsources: {A: {topic: t}, B: {fil: b}}\n")
    assert [(d.code, d.span.line, d.span.column) for d in found] == [
        ("C0205", 1, 1),
        ("C0212", 1, 1),
        ("C0215", 2, 22),
        ("C0205", 2, 30),
    ]


def test_a_dollar_brace_can_be_written(tmp_path: Path) -> None:
    assert parse(BASE + 'job: "$${X}-${Y}"\n', {"Y": "1"}).name == "${X}-1"


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_job(tmp_path / "none.yaml")
    assert caught.value.code == "C0210"
    path = tmp_path / "latin.yaml"
    path.write_bytes(b"job: caf\xe9\n")
    with pytest.raises(ConfigurationError) as caught:
        read_job(path)
    assert caught.value.code == "C0211"


def test_a_file_with_a_byte_order_mark_and_crlf(tmp_path: Path) -> None:
    path = tmp_path / "job.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + BASE.replace("\n", "\r\n").encode())
    job = read_job(path)
    assert job.name == "job"
    assert job.rules == (str(tmp_path / "r"),)
    assert job.sources[0].path == tmp_path / "a.jsonl"
