"""One `cep feed webhook` from its options to its exit code."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cep.cli import kafka_session
from cep.cli.guarding import guarded
from cep.cli.interruption import Interruption
from cep.cli.job_file import is_job_file
from cep.cli.kafka_options import cluster_failures, cluster_settings, counted, kafka_job
from cep.cli.telling import tell
from cep.connectors.errors import ConfigurationError, ConnectorFailure
from cep.connectors.job.kafka import SERVERS
from cep.connectors.kafka.plan import for_reading, for_writing
from cep.connectors.kafka.port import Kafka, KafkaFailure
from cep.connectors.kafka.retrying import GaveUp, Retrying

if TYPE_CHECKING:
    from cep.connectors.webhook.dead import DeadFile, DeadTopic
    from cep.connectors.webhook.feeder import Feeder
    from cep.connectors.webhook.sending import Sender

DONE = 0
_VARIABLE = re.compile(r"\$\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class WebhookOptions:
    """What was written on the command line."""

    where: str
    url: str
    dead_file: Path | None = None
    dead_topic: str | None = None
    kafka: tuple[str, ...] = ()
    group: str | None = None
    secret_file: Path | None = None
    headers: tuple[str, ...] = ()
    parallel: int = 8
    timeout: float = 10.0
    refusals: int = 20
    quiet: bool = False


def fed(options: WebhookOptions, interruption: Interruption) -> int:
    """Deliver until asked to stop; the exit code."""
    return guarded(lambda: _fed(options, interruption), as_json=False)


def _fed(options: WebhookOptions, interruption: Interruption) -> int:
    def say(message: str) -> None:
        if not options.quiet:
            tell(str(message))

    topic, settings = _topic(options)
    sender = _sender(options)
    kafka = kafka_session.client()
    with ExitStack() as opened:
        opened.callback(sender.close)
        with cluster_failures(settings[SERVERS]):
            there = Retrying(interruption.asked, say).call(
                "looking at the topic", lambda: counted(kafka, settings, [topic])
            )
            if topic not in there:
                raise ConfigurationError("C0290", f"the topic `{topic}` is not there", "correct its name", topic)
            dead = _dead(options, kafka, settings, Retrying(interruption.asked, say))
            opened.callback(dead.close)
            feeder = _feeder(options, kafka, settings, topic, sender, dead, interruption, say)
        say(f"alerts of `{topic}` go to {_shown(options.url)}")
        interruption.begin()
        _run(feeder, settings[SERVERS], _shown(options.url))
        counts = feeder.counts
        say(f"{counts.delivered:,} delivered, {counts.refused:,} refused, {counts.retries:,} attempts made again")
    return interruption.exit_code or DONE


def _run(feeder: Feeder, servers: str, url: str) -> None:
    from cep.connectors.webhook.feeder import ReceiverRefuses

    try:
        feeder.run()
    except ReceiverRefuses as error:
        fix = "mend the receiver, its address or what it is told about us; what was refused is in the dead letters"
        raise ConnectorFailure("C0337", f"one alert after the other is refused: {error}", fix, url) from error
    except (KafkaFailure, GaveUp) as error:
        failure = error.failure if isinstance(error, GaveUp) else error
        fix = "see the brokers' logs, and run it again: it goes on"
        raise ConnectorFailure("C0310", f"Kafka: {failure.message} ({failure.code})", fix, servers) from error


def _feeder(
    options: WebhookOptions,
    kafka: Kafka,
    settings: Mapping[str, str],
    topic: str,
    sender: Sender,
    dead: DeadFile | DeadTopic,
    interruption: Interruption,
    say: Callable[[str], None],
) -> Feeder:
    from cep.connectors.webhook.feeder import Feeder, Limits

    consumer = kafka.consumer({**for_reading(settings), "group.id": options.group or f"{topic}-webhook"})
    limits = Limits(
        options.parallel, max(1_000, 4 * options.parallel), refusals=options.refusals, drain=options.timeout + 5
    )
    return Feeder(consumer, topic, sender, dead, limits, stop=interruption.asked, tell=say)


def _topic(options: WebhookOptions) -> tuple[str, dict[str, str]]:
    if not is_job_file(options.where):
        return options.where, cluster_settings(None, options.kafka)
    job = kafka_job(options.where)
    assert job.kafka is not None
    sink = job.kafka.sinks.get("alerts")
    if sink is None:
        fix = "add `alerts: {topic: NAME}` to it: a webhook is fed from a topic"
        raise ConfigurationError(
            "C0335", f"the job `{options.where}` writes its alerts to no topic", fix, options.where
        )
    return sink.topic, cluster_settings(job, options.kafka)


def _dead(
    options: WebhookOptions, kafka: Kafka, settings: Mapping[str, str], retrying: Retrying
) -> DeadFile | DeadTopic:
    from cep.connectors.webhook.dead import DeadFile, DeadTopic

    if (options.dead_file is None) == (options.dead_topic is None):
        fix = "name one of the two: `--dead-letters FILE` or `--dead-topic TOPIC`"
        raise ConfigurationError("C0336", "it is not said where refused alerts go", fix, "--dead-letters")
    if options.dead_file is not None:
        return DeadFile(options.dead_file)
    assert options.dead_topic is not None
    if options.dead_topic not in counted(kafka, settings, [options.dead_topic]):
        message = f"the topic `{options.dead_topic}` is not there"
        raise ConfigurationError("C0290", message, "make it, or correct its name", "--dead-topic")
    return DeadTopic(options.dead_topic, kafka.producer(for_writing(settings)), retrying)


def _sender(options: WebhookOptions) -> Sender:
    try:
        from cep.connectors.webhook.sending import Sender
        from cep.connectors.webhook.signing import secret_of
    except ImportError as error:
        fix = 'install it: `pip install "cep-engine[webhook]"`'
        raise ConfigurationError("C0104", "the package for webhooks is not installed", fix) from error
    secret = None
    if options.secret_file is not None:
        try:
            secret = secret_of(options.secret_file.read_text(encoding="utf-8").strip())
        except (OSError, ValueError) as error:
            message = f"`{options.secret_file}` holds no secret: {error}"
            fix = "write it into the file as one line: any text, or `whsec_` and base64"
            raise ConfigurationError("C0338", message, fix, "--secret-file") from error
    try:
        return Sender(options.url, secret, _headers(options), timeout=options.timeout, connections=options.parallel)
    except ValueError as error:
        fix = "write an address as in `https://alerts.example.com/hook`"
        raise ConfigurationError("C0338", f"the address cannot be used: {error}", fix, "--to") from error


def _shown(url: str) -> str:
    """An address without what may be secret in it: a user, a path, a query."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}"


def _headers(options: WebhookOptions) -> dict[str, str]:
    found = {}
    for text in options.headers:
        name, sign, value = text.partition(":")
        if not (sign and name.strip()):
            fix = "write `--header 'Authorization: Bearer ${TOKEN}'`"
            raise ConfigurationError("C0338", "a header has a name, a colon and a value", fix, "--header")
        for variable in _VARIABLE.findall(value):
            if variable not in os.environ:
                message = f"the environment has no `{variable}`"
                raise ConfigurationError("C0338", message, "set it, or write the header otherwise", "--header")
        found[name.strip()] = _VARIABLE.sub(lambda of: os.environ[of[1]], value).strip()
    return found
