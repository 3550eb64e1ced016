"""How the tests' broker is set up: one node, broker and controller (KRaft), open on one port, guarded on another."""

from __future__ import annotations

import random
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.kafka.broker.toolchain import STORE_PASSWORD, certificate

HOST = "127.0.0.1"
_SCRAM = "org.apache.kafka.common.security.scram.ScramLoginModule"
USERS: Mapping[str, str] = {"worker": "worker-secret", "stranger": "stranger-secret"}
"""Users of the guarded port (SCRAM-SHA-512), and their passwords."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Where a broker listens: without any check, by TLS and SCRAM, and for its own controller."""

    plain: int
    secure: int
    controller: int


def free_ports() -> Ports:
    """Ports that nobody listens on. They lie below those that the system gives to clients.

    Otherwise a client could be given the port of a broker that is being restarted, and be connected to itself.
    """
    found: set[int] = set()
    while len(found) < 3:
        port = random.SystemRandom().randrange(20_000, 32_000)
        with socket.socket() as tried:
            try:
                tried.bind((HOST, port))
            except OSError:
                continue
            found.add(port)
    return Ports(*found)


def server_settings(ports: Ports, data: Path) -> dict[str, str]:
    """The broker's properties: one copy of everything, no waiting for others, who is not named may do all.

    Users of the open port are super users: they make the lists that keep others out.
    """
    store, _ = certificate()
    listeners = f"PLAINTEXT://{HOST}:{ports.plain},SASL_SSL://{HOST}:{ports.secure}"
    return {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.voters": f"1@{HOST}:{ports.controller}",
        "controller.listener.names": "CONTROLLER",
        "listeners": f"{listeners},CONTROLLER://{HOST}:{ports.controller}",
        "advertised.listeners": listeners,
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,SASL_SSL:SASL_SSL,CONTROLLER:PLAINTEXT",
        "sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config": f"{_SCRAM} required;",
        "ssl.keystore.location": str(store),
        "ssl.keystore.password": STORE_PASSWORD,
        "ssl.keystore.type": "PKCS12",
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": "User:ANONYMOUS",
        "allow.everyone.if.no.acl.found": "true",
        "log.dirs": str(data),
        "auto.create.topics.enable": "false",
        "offsets.topic.replication.factor": "1",
        "offsets.topic.num.partitions": "1",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        "transaction.state.log.num.partitions": "1",
        "transaction.abort.timed.out.transaction.cleanup.interval.ms": "500",
        "group.initial.rebalance.delay.ms": "0",
        "group.min.session.timeout.ms": "1000",
        "group.consumer.min.session.timeout.ms": "1000",
        "group.consumer.session.timeout.ms": "6000",
        "group.consumer.min.heartbeat.interval.ms": "100",
        "group.consumer.heartbeat.interval.ms": "500",
        "controlled.shutdown.enable": "false",
        # A broker that was killed is let in again once this is over.
        "broker.session.timeout.ms": "3000",
        "broker.heartbeat.interval.ms": "500",
        "log.cleaner.dedupe.buffer.size": str(4 << 20),
        "log.cleaner.backoff.ms": "1000",
        "num.network.threads": "2",
        "num.io.threads": "4",
        "background.threads": "2",
    }


def secure_client(ports: Ports, user: str = "worker", password: str | None = None) -> dict[str, str]:
    """librdkafka's properties for a client of the guarded port."""
    _, shown = certificate()
    return {
        "bootstrap.servers": f"{HOST}:{ports.secure}",
        "security.protocol": "SASL_SSL",
        "ssl.ca.location": str(shown),
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": user,
        "sasl.password": USERS[user] if password is None else password,
    }
