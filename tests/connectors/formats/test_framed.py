"""The header before a record, and schemas that are not known."""

from __future__ import annotations

import pytest

from cep.connectors.formats.framed import FramedRecords, Read, SchemaUnusable
from cep.connectors.formats.reading import SchemaAwaited
from cep.connectors.formats.registry import RegisteredSchema, RegistryTrouble, SchemaUnknown
from cep.connectors.formats.schemas import BELIEVED, LONGEST, PATIENCE, Schemas
from cep.runtime.decode.malformed import Malformed


class Scripted:
    """A registry that answers as it is told."""

    def __init__(self) -> None:
        self.known: dict[int, RegisteredSchema] = {}
        self.trouble: str | None = None
        self.asked: list[int] = []

    def fetch(self, number: int) -> RegisteredSchema:
        self.asked.append(number)
        if self.trouble is not None:
            raise RegistryTrouble(self.trouble)
        if number not in self.known:
            raise SchemaUnknown
        return self.known[number]


class Setting:
    """Schemas of a scripted registry, by a clock of their own."""

    def __init__(self) -> None:
        self.registry, self.now = Scripted(), 0.0
        self.schemas = Schemas(self.registry, lambda: self.now, threaded=False)

    def after(self, seconds: float) -> None:
        self.now += seconds
        self.schemas.step()


AVRO = RegisteredSchema("AVRO", "x")


def test_a_schema_is_asked_for_once() -> None:
    setting = Setting()
    setting.registry.known = {7: AVRO}
    for _ in range(3):
        with pytest.raises(SchemaAwaited) as awaited:
            setting.schemas.get(7)
        assert (awaited.value.number, awaited.value.trouble) == (7, None)
    setting.after(0)
    assert setting.schemas.get(7) == AVRO
    setting.after(100)
    assert setting.registry.asked == [7]


def test_a_registry_that_is_away_is_asked_ever_more_rarely() -> None:
    setting = Setting()
    setting.registry.trouble = "it is away"
    with pytest.raises(SchemaAwaited):
        setting.schemas.get(7)
    for _ in range(1000):
        setting.after(0.1)
    assert 12 < len(setting.registry.asked) < 20
    with pytest.raises(SchemaAwaited) as awaited:
        setting.schemas.get(7)
    assert awaited.value.trouble == "it is away"
    setting.registry.trouble, setting.registry.known = None, {7: AVRO}
    setting.after(LONGEST)
    assert setting.schemas.get(7) == AVRO


def test_a_defect_of_the_client_is_told_and_asked_over(monkeypatch: pytest.MonkeyPatch) -> None:
    setting = Setting()
    with pytest.raises(SchemaAwaited):
        setting.schemas.get(7)
    with monkeypatch.context() as broken:
        broken.setattr(setting.registry, "fetch", lambda number: [][number])
        setting.after(0)
    with pytest.raises(SchemaAwaited) as awaited:
        setting.schemas.get(7)
    assert awaited.value.trouble == "asking for it failed: IndexError"
    setting.registry.known = {7: AVRO}
    setting.after(1)
    assert setting.schemas.get(7) == AVRO


def test_that_a_schema_is_not_known_is_believed_late_and_for_a_while() -> None:
    setting = Setting()
    with pytest.raises(SchemaAwaited):
        setting.schemas.get(7)
    setting.after(0)
    for pause in PATIENCE:
        with pytest.raises(SchemaAwaited):
            setting.schemas.get(7)
        setting.after(pause)
    assert setting.schemas.get(7) is None
    assert setting.registry.asked == [7] * (1 + len(PATIENCE))
    setting.registry.known = {7: AVRO}
    setting.after(BELIEVED - 1)
    assert setting.schemas.get(7) is None
    setting.after(1)
    with pytest.raises(SchemaAwaited):
        setting.schemas.get(7)
    setting.after(0)
    assert setting.schemas.get(7) == AVRO


def test_a_schema_that_appears_late_is_found() -> None:
    setting = Setting()
    with pytest.raises(SchemaAwaited):
        setting.schemas.get(7)
    setting.after(0)
    setting.registry.known = {7: AVRO}
    setting.after(PATIENCE[0])
    assert setting.schemas.get(7) == AVRO


def test_one_number_does_not_wait_for_another_that_is_not_known() -> None:
    setting = Setting()
    setting.registry.known = {8: AVRO}
    for number in (7, 8):
        with pytest.raises(SchemaAwaited):
            setting.schemas.get(number)
    setting.after(0)
    setting.after(0)
    assert setting.schemas.get(8) == AVRO


def test_a_thread_does_the_asking() -> None:
    registry = Scripted()
    registry.known = {7: AVRO, 8: AVRO}
    schemas = Schemas(registry)
    for number in (7, 8):
        for _ in range(1000):
            try:
                found = schemas.get(number)
                break
            except SchemaAwaited:
                with schemas._changed:
                    schemas._changed.wait(0.005)
        assert found == AVRO


def test_the_thread_ends_where_nothing_is_asked_for_and_starts_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cep.connectors.formats.schemas.IDLE", 0.01)
    registry = Scripted()
    registry.known = {7: AVRO, 8: AVRO}
    schemas = Schemas(registry)
    for number in (7, 8):
        with pytest.raises(SchemaAwaited):
            schemas.get(number)
        thread = schemas._thread
        assert thread is not None
        thread.join(10.0)
        assert schemas._thread is None
        assert schemas.get(number) == AVRO


def compiled(schema: RegisteredSchema, label: str) -> Read:
    if schema.text == "unusable":
        raise SchemaUnusable("is of no use")
    return lambda value, event: value[5:]


def records(known: dict[int, RegisteredSchema]) -> FramedRecords:
    setting = Setting()
    setting.registry.known = known
    for number in (*known, 9):
        with pytest.raises(SchemaAwaited):
            setting.schemas.get(number)
    for _ in range(20):
        setting.after(1)
    return FramedRecords(setting.schemas, "AVRO", compiled)


FRAMED = records({1: AVRO, 2: RegisteredSchema("AVRO", "unusable"), 3: RegisteredSchema("PROTOBUF", "x")})


def test_the_header_names_the_schema() -> None:
    for _ in range(2):
        assert FRAMED.read(b"\0\0\0\0\1{}", None) == b"{}"


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (b"", "it does not begin with a zero byte and the four bytes of a schema's number"),
        (b"\0\0\0\0", "it does not begin with a zero byte and the four bytes of a schema's number"),
        (b'{"a":1}', "it does not begin with a zero byte and the four bytes of a schema's number"),
        (b"\1\0\0\0\1{}", "it does not begin with a zero byte and the four bytes of a schema's number"),
        (b"\0\0\0\0\2{}", "schema 2 is of no use"),
        (b"\0\0\0\0\3{}", "schema 3 is of kind PROTOBUF, and the source says AVRO"),
        (b"\0\0\0\0\x09{}", "the registry knows no schema 9"),
    ],
)
def test_what_names_no_schema_of_use_is_refused(value: bytes, why: str) -> None:
    for _ in range(2):
        with pytest.raises(Malformed) as refused:
            FRAMED.read(value, None)
        assert refused.value.reason == why
