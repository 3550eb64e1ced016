"""The job file: what it says, and every error with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from cep.connectors.errors import ConfigurationError
from cep.connectors.job.model import FileSource, Job
from cep.connectors.job.reader import parse_job, read_job
from cep.language.diagnostics import CheckFailed, Diagnostic
from cep.language.literals import parse_timestamp

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
metrics: {port: 9108, host: "::"}
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
    assert job.metrics is not None
    assert (job.metrics.port, job.metrics.host) == (9108, "::")
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
TOPICS = "rules: [r]\nsources: {A: {topic: t}}\n"
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
    "no file": (
        "rules: [r]\nsources: {A: {format: json}}\n",
        "C0218",
        "2:14",
        "source `A` has no file and no topic",
        None,
    ),
    "metrics without a port": (
        BASE + "metrics: {host: 0.0.0.0}\n",
        "C0215",
        "3:10",
        "`metrics` has no port",
        "write `metrics: {port: 9108}`",
    ),
    "a port that is none": (BASE + "metrics: {port: 91080}\n", "C0208", "3:17", "`91080` is no port", None),
    "a port in words": (
        BASE + "metrics: {port: http}\n",
        "C0208",
        "3:17",
        "`http` is not a whole number of at least 0",
        None,
    ),
    "kafka without topics": (
        BASE + "kafka: {bootstrap.servers: h}\n",
        "C0284",
        "3:8",
        "`kafka` is for jobs that read topics",
        "leave it out, or read topics: `topic: NAME` for `file:`",
    ),
    "topics without kafka": (
        "rules: [r]\nsources: {A: {topic: t}}\n",
        "C0283",
        "2:14",
        "the job reads topics and does not say of which cluster",
        None,
    ),
    "no servers": (
        TOPICS + "kafka: {client.id: x}\n",
        "C0283",
        "3:8",
        "`kafka` has no `bootstrap.servers`",
        None,
    ),
    "a topic that cannot be called so": (
        "rules: [r]\nsources: {A: {topic: a topic}}\nkafka: {bootstrap.servers: h}\n",
        "C0244",
        "2:14",
        "`a topic` is no name of a topic",
        "take up to 249 letters, digits, dots, dashes and underscores",
    ),
    "an output that cannot be called so": (
        TOPICS + "kafka: {bootstrap.servers: h}\nalerts: {topic: 'al/erts'}\n",
        "C0244",
        "4:17",
        "`al/erts` is no name of a topic",
        None,
    ),
    "a job after which no topic can be called": (
        TOPICS + "kafka: {bootstrap.servers: h}\njob: my job\n",
        "C0244",
        "4:6",
        "the job is called `my job`, after which no topic can be called, and its state needs one",
        None,
    ),
    "a format that is none": (
        "rules: [r]\nsources: {A: {topic: t, format: xml}}\nkafka: {bootstrap.servers: h}\n",
        "C0207",
        "2:33",
        "`xml` is not possible for `format`",
        "write one of `json`, `csv`, `avro`, `protobuf` and `json_schema`",
    ),
    "what is for programs": (
        TOPICS + "kafka: {bootstrap.servers: h, default.topic.config: 3}\n",
        "C0246",
        "3:31",
        "`default.topic.config` is for programs that use the client, and no property of librdkafka",
        None,
    ),
    "a property of the run's own": (
        TOPICS + "kafka: {bootstrap.servers: h, enable.auto.commit: true}\n",
        "C0282",
        "3:31",
        "`enable.auto.commit` is set by the run itself: offsets are committed with the state",
        None,
    ),
    "commits rarer than a transaction may last": (
        TOPICS + "kafka: {bootstrap.servers: h}\nguarantee: exactly_once\ncommit: 15m\n",
        "C0243",
        "5:9",
        "`commit` is longer than 870000 ms, the most that brokers allow: "
        "a transaction is open from one commit to the next",
        None,
    ),
    "commits rarer than a transaction is said to last": (
        TOPICS + "kafka: {bootstrap.servers: h, transaction.timeout.ms: 4000}\nguarantee: exactly_once\ncommit: 3s\n",
        "C0243",
        "5:9",
        "`commit` is longer than 2000 ms, half of `transaction.timeout.ms`: "
        "a transaction is open from one commit to the next",
        None,
    ),
    "files and topics": (
        "rules: [r]\nsources: {A: {file: a}, B: {topic: t}}\nkafka: {bootstrap.servers: h}\n",
        "C0285",
        "2:14",
        "source `A` is a file, and `B` a topic",
        None,
    ),
    "a file and a topic": (
        "rules: [r]\nsources: {A: {file: a, topic: t}}\nkafka: {bootstrap.servers: h}\n",
        "C0280",
        "2:14",
        "source `A` has both a file and a topic",
        None,
    ),
    "a file's setting for a topic": (
        "rules: [r]\nsources: {A: {topic: t, max_line: 5}}\nkafka: {bootstrap.servers: h}\n",
        "C0281",
        "2:14",
        "`max_line` is for files",
        None,
    ),
    "a topic's setting for a file": (
        "rules: [r]\nsources: {A: {file: a, start: latest}}\n",
        "C0281",
        "2:14",
        "`start` is for topics",
        None,
    ),
    "a start that is none": (
        "rules: [r]\nsources: {A: {topic: t, start: soon}}\nkafka: {bootstrap.servers: h}\n",
        "C0207",
        "2:32",
        None,
        "write `earliest`, `latest`, a time, as in `2026-11-20T10:00:00Z`, or `{PARTITION: OFFSET, …}`",
    ),
    "an offset that is none": (
        "rules: [r]\nsources: {A: {topic: t, start: {0: soon}}}\nkafka: {bootstrap.servers: h}\n",
        "C0208",
        "2:36",
        "`soon` is not a whole number of at least 0",
        None,
    ),
    "a topic read twice": (
        "rules: [r]\nsources: {A: {topic: t}, B: {topic: t}}\nkafka: {bootstrap.servers: h}\n",
        "C0288",
        "2:29",
        "the topic `t` is read by `A` already",
        None,
    ),
    "alerts into a topic that is read": (
        TOPICS + "kafka: {bootstrap.servers: h}\nalerts: {topic: t}\n",
        "C0289",
        "4:17",
        "`alerts` goes to the topic `t`, which the job reads",
        None,
    ),
    "a folder for state in topics": (
        TOPICS + "kafka: {bootstrap.servers: h}\nstate: {dir: s}\n",
        "C0286",
        "4:8",
        "the state of a job over Kafka is in a topic, not in a folder",
        None,
    ),
    "exactly once over files": (
        BASE + "guarantee: exactly_once\n",
        "C0284",
        "3:12",
        "`guarantee: exactly_once` is for jobs that read topics",
        None,
    ),
    "exactly once into a file": (
        TOPICS + "kafka: {bootstrap.servers: h}\nguarantee: exactly_once\nalerts: {file: a}\n",
        "C0287",
        "5:9",
        "`alerts` goes to a file, and `exactly_once` is from topics to topics",
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
    "a topic of CSV without columns": (
        "rules: [r]\nsources: {A: {topic: t, format: csv}}\nkafka: {bootstrap.servers: h}\n",
        "C0222",
        "2:14",
        "source `A` is CSV and does not name its columns",
        "add `columns: [first, second]`: records have no header row",
    ),
    "columns of JSON": (
        "rules: [r]\nsources: {A: {topic: t, columns: [a]}}\nkafka: {bootstrap.servers: h}\n",
        "C0222",
        "2:14",
        "`columns` of source `A` is for `format: csv`",
        "leave `columns` out, or add `format: csv`",
    ),
    "a column twice": (
        "rules: [r]\nsources: {A: {topic: t, format: csv, columns: [a, a]}}\nkafka: {bootstrap.servers: h}\n",
        "C0222",
        "2:47",
        "`columns` names one twice, or not at all",
        None,
    ),
    "columns of a file": (
        "rules: [r]\nsources: {A: {file: t, columns: [a]}}\n",
        "C0281",
        "2:14",
        "`columns` is for topics",
        None,
    ),
    "two ways to tell types": (
        "rules: [r]\nsources: {A: {topic: t, type_field: x, type_header: y}}\nkafka: {bootstrap.servers: h}\n",
        "C0219",
        "2:14",
        "source `A` has both `type_field` and `type_header`",
        None,
    ),
    "a record's name without a schema": (
        "rules: [r]\nsources: {A: {topic: t, type_by: record_name}}\nkafka: {bootstrap.servers: h}\n",
        "C0223",
        "2:14",
        "`type_by` of source `A` takes names from a schema, and `format: json` has none",
        "write `type_field`, `type_header` or `types`",
    ),
    "a format of topics for a file": (
        "rules: [r]\nsources: {A: {file: t, format: avro}}\n",
        "C0281",
        "2:14",
        "`format: avro` is for topics",
        "write one of `json`, `csv` and `parquet`",
    ),
    "a format of files for a topic": (
        "rules: [r]\nsources: {A: {topic: t, format: parquet}}\nkafka: {bootstrap.servers: h}\n",
        "C0281",
        "2:14",
        "`format: parquet` is for files",
        None,
    ),
    "schemas without a registry": (
        "rules: [r]\nsources: {A: {topic: t, format: avro}}\nkafka: {bootstrap.servers: h}\n",
        "C0224",
        "2:14",
        "the records of `A` name their schemas, and the job names no registry",
        "add `schema_registry: {url: http://HOST:PORT}`",
    ),
    "a registry without an address": (
        TOPICS + "kafka: {bootstrap.servers: h}\nschema_registry: {timeout: 5}\n",
        "C0224",
        "4:18",
        "`schema_registry` has no `url`",
        None,
    ),
    "a registry without topics": (
        BASE + "schema_registry: {url: http://x}\n",
        "C0284",
        "3:18",
        "`schema_registry` is for jobs that read topics",
        None,
    ),
    "a secret in a file that is not there": (
        TOPICS + "kafka: {bootstrap.servers: h, sasl.password: {file: none.txt}}\n",
        "C0225",
        "3:53",
        "the file `jobs/none.txt` with the value of `sasl.password` cannot be read: No such file or directory",
        "check its path, and who may read it",
    ),
    "a secret in a mapping": (
        TOPICS + "kafka: {bootstrap.servers: h, sasl.password: {fil: none.txt}}\n",
        "C0205",
        "3:47",
        "`sasl.password` has no key `fil`",
        "did you mean `file`?",
    ),
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
    found = findings("rulez: [r]\nsources: {A: {file: a, format: xml}, B: {fil: b}}\n")
    assert [(d.code, d.span.line, d.span.column) for d in found] == [
        ("C0205", 1, 1),
        ("C0212", 1, 1),
        ("C0207", 2, 32),
        ("C0205", 2, 42),
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


def test_a_job_over_topics() -> None:
    text = """
rules: [r]
kafka: {bootstrap.servers: "h:9092", client.id: "${WHO}"}
sources:
  A: {topic: a.in, start: 2026-11-20T10:00:00Z, max_future: 1h, key: card}
  mixed: {topic: m.in, type_field: kind, key: [user.id, host]}
  loose: {topic: l.in, key: []}
alerts: {topic: out, evidence: ids}
shadow: {file: shadow.jsonl}
commit: 250ms
state: {topic: kept}
"""
    job = parse_job(text, "job.yaml", Path(), {"WHO": "me"})
    kafka = job.kafka
    assert kafka is not None
    assert job.sources == ()
    assert {name: of.text for name, of in kafka.properties.items()} == {
        "bootstrap.servers": "h:9092",
        "client.id": "me",
    }
    first, second, third = kafka.sources
    assert (first.topic, first.event, first.max_future) == ("a.in", "A", 3_600_000_000)
    assert first.start == parse_timestamp("2026-11-20T10:00:00Z")
    assert (second.topic, second.event, second.type_field, second.start) == ("m.in", None, "kind", "earliest")
    keys = [None if of.key is None else [field.text for field in of.key] for of in (first, second, third)]
    assert keys == [["card"], ["user.id", "host"], []]
    assert {kind: sink.topic for kind, sink in kafka.sinks.items()} == {"alerts": "out"}
    assert (job.evidence, job.shadow is not None) == ("ids", True)
    assert (kafka.commit, kafka.guarantee, kafka.changelog) == (250_000, "at_least_once", "kept")


def test_secrets_come_from_variables_and_files_and_are_not_shown(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("hunter22\n", encoding="utf-8")
    (tmp_path / "info").write_text("me:hunter23", encoding="utf-8")
    text = """
rules: [r]
kafka: {bootstrap.servers: h, sasl.username: "${USER}", sasl.password: {file: password}}
schema_registry: {url: http://x, basic.auth.user.info: {file: info}}
sources: {A: {topic: t, format: avro, type_by: record_name}}
"""
    job = parse_job(text, "job.yaml", tmp_path, {"USER": "me"})
    assert job.kafka is not None and job.kafka.registry is not None
    assert job.kafka.settings["sasl.username"] == "me"
    assert job.kafka.settings["sasl.password"] == "hunter22"
    assert job.kafka.registry["basic.auth.user.info"].text == "me:hunter23"
    assert "hunter" not in repr(job)
