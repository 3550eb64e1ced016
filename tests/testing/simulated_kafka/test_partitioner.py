"""Keys go where the clients of librdkafka and of Java put them."""

import random

import pytest

from cep.testing.simulated_kafka.partitioner import PARTITIONERS, murmur2


@pytest.mark.parametrize(
    ("key", "value"),
    # of the tests of Kafka's Java client (UtilsTest.testMurmur2), as unsigned numbers
    [
        (b"21", -973932308),
        (b"foobar", -790332482),
        (b"a-little-bit-long-string", -985981536),
        (b"a-little-bit-longer-string", -1486304829),
        (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        (b"abc", 479470107),
    ],
)
def test_murmur2_is_that_of_the_java_client(key: bytes, value: int) -> None:
    assert murmur2(key) == value % 2**32


def test_without_a_word_it_is_crc32_and_a_key_of_no_bytes_goes_anywhere() -> None:
    draw = random.Random(0)
    # 0xCBF43926 is the check value of CRC-32
    assert PARTITIONERS["consistent_random"](b"123456789", 1000, draw) == 0xCBF43926 % 1000
    assert len({PARTITIONERS["consistent_random"](b"", 8, draw) for _ in range(100)}) == 8
    assert len({PARTITIONERS["murmur2_random"](b"", 8, draw) for _ in range(100)}) == 1
    assert len({PARTITIONERS["murmur2_random"](None, 8, draw) for _ in range(100)}) == 8
