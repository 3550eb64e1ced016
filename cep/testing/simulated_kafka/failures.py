"""Kafka's names of errors, and what each asks for."""

from __future__ import annotations

from cep.connectors.kafka.port import KafkaFailure, Trouble

TROUBLES = {
    "_TIMED_OUT": Trouble.RETRIABLE,
    "_TRANSPORT": Trouble.RETRIABLE,
    "_CONFLICT": Trouble.RETRIABLE,
    "_STATE": Trouble.FATAL,
    "_INVALID_ARG": Trouble.FATAL,
    "_FENCED": Trouble.FENCED,
    "_FATAL": Trouble.FATAL,
    "_MSG_TIMED_OUT": Trouble.ABORTABLE,
    "_MAX_POLL_EXCEEDED": Trouble.RETRIABLE,
    "_AUTO_OFFSET_RESET": Trouble.FATAL,
    "UNKNOWN_TOPIC_OR_PARTITION": Trouble.UNKNOWN_PLACE,
    "_UNKNOWN_PARTITION": Trouble.UNKNOWN_PLACE,
    "MSG_SIZE_TOO_LARGE": Trouble.TOO_LARGE,
    "INVALID_RECORD": Trouble.ABORTABLE,
    "OUT_OF_ORDER_SEQUENCE_NUMBER": Trouble.ABORTABLE,
    "TOPIC_AUTHORIZATION_FAILED": Trouble.DENIED,
    "ILLEGAL_GENERATION": Trouble.ABORTABLE,
    "UNKNOWN_MEMBER_ID": Trouble.ABORTABLE,
    "FENCED_INSTANCE_ID": Trouble.FENCED,
    "REBALANCE_IN_PROGRESS": Trouble.RETRIABLE,
    "UNSTABLE_OFFSET_COMMIT": Trouble.RETRIABLE,
    "INVALID_PARTITIONS": Trouble.FATAL,
    "OFFSET_OUT_OF_RANGE": Trouble.FATAL,
    "POLICY_VIOLATION": Trouble.ABORTABLE,
    "INVALID_CONFIG": Trouble.FATAL,
    "INVALID_TRANSACTION_TIMEOUT": Trouble.FATAL,
}
"""By name of an error: what it asks for where it is met first. In a transaction most become `ABORTABLE`."""

INJECTED = {
    Trouble.RETRIABLE: "_TIMED_OUT",
    Trouble.ABORTABLE: "ILLEGAL_GENERATION",
    Trouble.FENCED: "_FENCED",
    Trouble.DENIED: "TOPIC_AUTHORIZATION_FAILED",
    Trouble.UNKNOWN_PLACE: "UNKNOWN_TOPIC_OR_PARTITION",
    Trouble.TOO_LARGE: "MSG_SIZE_TOO_LARGE",
    Trouble.FATAL: "_FATAL",
}
"""The name that a failure has which a test asks for by its kind."""


def failure(code: str, message: str) -> KafkaFailure:
    """A failure of this name."""
    return KafkaFailure(TROUBLES[code], code, message)
