"""librdkafka's errors as the port's failures."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import ParamSpec, TypeVar

from confluent_kafka import KafkaError, KafkaException, TopicPartition

from cep.connectors.kafka.port import KafkaFailure, Trouble
from cep.connectors.secrets import struck

_P = ParamSpec("_P")
_T = TypeVar("_T")

_TROUBLES = {
    Trouble.FENCED: """
        _FENCED PRODUCER_FENCED INVALID_PRODUCER_EPOCH FENCED_INSTANCE_ID TRANSACTION_COORDINATOR_FENCED
        INVALID_PRODUCER_ID_MAPPING UNRELEASED_INSTANCE_ID""",
    Trouble.DENIED: """
        _AUTHENTICATION _SSL SASL_AUTHENTICATION_FAILED ILLEGAL_SASL_STATE UNSUPPORTED_SASL_MECHANISM
        TOPIC_AUTHORIZATION_FAILED GROUP_AUTHORIZATION_FAILED CLUSTER_AUTHORIZATION_FAILED
        TRANSACTIONAL_ID_AUTHORIZATION_FAILED DELEGATION_TOKEN_AUTHORIZATION_FAILED SECURITY_DISABLED""",
    Trouble.UNKNOWN_PLACE: """
        UNKNOWN_TOPIC_OR_PART UNKNOWN_TOPIC_ID INCONSISTENT_TOPIC_ID _UNKNOWN_TOPIC _UNKNOWN_PARTITION""",
    Trouble.TOO_LARGE: "MSG_SIZE_TOO_LARGE RECORD_LIST_TOO_LARGE",
    Trouble.ABORTABLE: """
        ILLEGAL_GENERATION UNKNOWN_MEMBER_ID STALE_MEMBER_EPOCH FENCED_MEMBER_EPOCH TRANSACTION_ABORTABLE INVALID_RECORD
        OUT_OF_ORDER_SEQUENCE_NUMBER _ASSIGNMENT_LOST _MSG_TIMED_OUT _INCONSISTENT _PURGE_QUEUE _PURGE_INFLIGHT
        INVALID_MSG POLICY_VIOLATION""",
    Trouble.RETRIABLE: """
        _TIMED_OUT _TIMED_OUT_QUEUE _TRANSPORT _ALL_BROKERS_DOWN _RESOLVE _WAIT_COORD _WAIT_CACHE _IN_PROGRESS _RETRY
        _PREV_IN_PROGRESS _CONFLICT _QUEUE_FULL _NODE_UPDATE _DESTROY_BROKER _MAX_POLL_EXCEEDED
        REQUEST_TIMED_OUT BROKER_NOT_AVAILABLE REPLICA_NOT_AVAILABLE LEADER_NOT_AVAILABLE NOT_LEADER_FOR_PARTITION
        COORDINATOR_NOT_AVAILABLE COORDINATOR_LOAD_IN_PROGRESS NOT_COORDINATOR NOT_CONTROLLER NETWORK_EXCEPTION
        NOT_ENOUGH_REPLICAS NOT_ENOUGH_REPLICAS_AFTER_APPEND KAFKA_STORAGE_ERROR UNSTABLE_OFFSET_COMMIT
        CONCURRENT_TRANSACTIONS REBALANCE_IN_PROGRESS FENCED_LEADER_EPOCH UNKNOWN_LEADER_EPOCH OFFSET_NOT_AVAILABLE
        THROTTLING_QUOTA_EXCEEDED PREFERRED_LEADER_NOT_AVAILABLE ELIGIBLE_LEADERS_NOT_AVAILABLE REASSIGNMENT_IN_PROGRESS
        FETCH_SESSION_ID_NOT_FOUND INVALID_FETCH_SESSION_EPOCH STALE_BROKER_EPOCH REBOOTSTRAP_REQUIRED""",
}
_BY_CODE = {
    getattr(KafkaError, name): trouble
    for trouble, names in _TROUBLES.items()
    for name in names.split()
    if hasattr(KafkaError, name)  # older releases do not know the newest errors
}
_FENCED_IN_WORDS = {code: KafkaError(code).str() for code, trouble in _BY_CODE.items() if trouble is Trouble.FENCED}
_KAFKAS_OWN = {
    "UNKNOWN_TOPIC_OR_PART": "UNKNOWN_TOPIC_OR_PARTITION",
    "NOT_LEADER_FOR_PARTITION": "NOT_LEADER_OR_FOLLOWER",
}
"""Names of errors that librdkafka spells in its own way."""


def error_of(raised: BaseException) -> KafkaError:
    """The error in an exception of the client, also where it comes as one of Python's own about arguments."""
    found = raised.args[0] if raised.args else None
    if isinstance(found, KafkaError):
        return found
    return KafkaError(KafkaError._INVALID_ARG, str(raised))


def trouble_of(error: KafkaError) -> Trouble:
    """What an error asks for.

    What librdkafka says of it itself comes first: that the client is dead, that the transaction has to be aborted."""
    known = _BY_CODE.get(error.code())
    if error.fatal():
        return Trouble.FENCED if known is Trouble.FENCED else Trouble.FATAL
    if error.txn_requires_abort():
        return Trouble.ABORTABLE
    if known is not None:
        return known
    return Trouble.RETRIABLE if error.retriable() else Trouble.FATAL


def failure_of(error: KafkaError, about: str = "") -> KafkaFailure:
    """The port's failure for an error. `about`: what it happened to, as it stands at the head of the sentence."""
    name, trouble, message = error.name(), trouble_of(error), error.str()
    if error.code() == KafkaError._FATAL:
        # A consumer that is dead says why in words only.
        for code, text in _FENCED_IN_WORDS.items():
            if text in message:
                name, trouble = KafkaError(code).name(), Trouble.FENCED
    message = struck(f"{about}: {message}" if about else message)
    return KafkaFailure(trouble, _KAFKAS_OWN.get(name, name), message)


def failure_from(raised: BaseException, about: str = "") -> KafkaFailure:
    """The port's failure for what a call has raised."""
    return failure_of(error_of(raised), about)


def asked(call: Callable[_P, _T], *args: _P.args, **named: _P.kwargs) -> _T:
    """What a call of the client gives. Raises `KafkaFailure` in place of the client's own."""
    try:
        return call(*args, **named)
    except KafkaException as raised:
        raise failure_from(raised) from raised


def raise_first(partitions: Iterable[TopicPartition]) -> None:
    """Raises `KafkaFailure` for the first of the partitions in an answer that has failed, if one has."""
    for each in partitions:
        if each.error is not None:
            raise failure_of(each.error, f"partition {each.partition} of `{each.topic}`")


REFUSED = (KafkaException, ValueError, TypeError)
"""What a client raises that is made with settings it does not take."""
