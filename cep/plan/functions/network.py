"""IP addresses and networks. An IPv4 address written as IPv6 (`::ffff:10.0.0.1`) counts as IPv4."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network


@cache
def network_test(networks: tuple[str, ...]) -> Callable[[str], bool]:
    """A function that tells whether an address lies in any of the networks. `ValueError` for an invalid network here,
    for an invalid address when it is called."""
    parsed = tuple(_network(text) for text in networks)

    @lru_cache(maxsize=4096)
    def inside(address: str) -> bool:
        return any(_contains(network, _address(address)) for network in parsed)

    return inside


def ip_inside(address: str, test: Callable[[str], bool]) -> bool:
    """What a `network_test` says about an address."""
    return test(address)


def ip_in(address: str, *networks: str | Sequence[str]) -> bool:
    """Whether an address lies in one of the networks (`10.0.0.0/8`), given one by one or in lists."""
    place = _address(address)
    for given in networks:
        for text in (given,) if isinstance(given, str) else given:
            if _contains(_network(text), place):
                return True
    return False


def _contains(network: IPv4Network | IPv6Network, address: IPv4Address | IPv6Address) -> bool:
    return address.version == network.version and address in network


@lru_cache(maxsize=4096)
def _network(text: str) -> IPv4Network | IPv6Network:
    return ip_network(text, strict=False)


@lru_cache(maxsize=4096)
def _address(text: str) -> IPv4Address | IPv6Address:
    address = ip_address(text)
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
