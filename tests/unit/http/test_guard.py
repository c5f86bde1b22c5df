from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvester.http.guard import Guard, reachable


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.9.1",
        "0.0.0.0",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.0.1",
        "100.64.0.1",
        "169.254.169.254",
        "100.100.100.200",
        "168.63.129.16",
        "192.0.0.192",
        "198.18.0.1",
        "224.0.0.1",
        "239.1.1.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fd00:ec2::254",
        "fec0::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::1",
        "2002:7f00:1::",
        "2002:c0a8:101::1",
        "2001:0:7f00:1::",
        "2001:db8::1",
    ],
)
def test_an_address_that_is_not_public_is_not_reachable(address: str) -> None:
    assert not reachable(address)


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "185.199.108.153", "2606:4700::1", "::ffff:8.8.8.8", "64:ff9b::808:808"],
)
def test_a_public_address_is_reachable_also_through_nat64(address: str) -> None:
    assert reachable(address)


@given(st.ip_addresses(v=4))
def test_wrapping_an_address_never_opens_a_door(ip: ipaddress.IPv4Address) -> None:
    if not reachable(str(ip)):
        number = int(ip)
        assert not reachable(str(ipaddress.IPv6Address(0xFFFF << 32 | number)))
        assert not reachable(str(ipaddress.IPv6Address((0x64FF9B << 96) | number)))
        assert not reachable(str(ipaddress.IPv6Address((0x2002 << 112) | (number << 80))))


def test_a_host_is_allowed_by_name_or_by_name_and_port() -> None:
    def resolve(host: str, port: int, *_: object) -> list[tuple[object, ...]]:
        return [(2, 1, 6, "", ("127.0.0.1", port))]

    guard = Guard(frozenset({"demo.local", "other.local:81", "[::1]"}), resolve)
    assert guard.checked("Demo.Local.", 80)
    assert guard.checked("other.local", 81)
    assert guard.checked("::1", 80)
    for host, port in (("other.local", 80), ("sub.demo.local", 80), ("127.0.0.1", 80)):
        with pytest.raises(Exception, match="not a public address"):
            guard.checked(host, port)
