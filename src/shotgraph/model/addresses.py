"""Public addresses of the internet, and all others."""

import re
import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

_NAT64 = IPv6Network("64:ff9b::/96")
_UNICAST = IPv6Network("2000::/3")
"""The assigned public addresses of IPv6; others are local, wrapped IPv4, or unassigned."""
# IANA's special-purpose registries as of November 2026, and multicast. It is our own list because
# `is_global` differs between versions of Python. AS112 and AMT are public, and serve no files.
_REFUSED = tuple(
    ip_network(network)
    for network in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "168.63.129.16/32",  # Azure's wire server, reachable from all Azure machines
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",
        "2001::/23",
        "2001:db8::/32",
        "3fff::/20",
    )
)


def is_public(address: str) -> bool:
    """Whether an IP address is public, also if it is wrapped in another address."""
    ip = unwrapped(ip_address(address.partition("%")[0]))
    if isinstance(ip, IPv6Address) and ip not in _UNICAST:
        return False
    return not any(ip in refused for refused in _REFUSED)


def unwrapped(ip: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address that is wrapped in an IPv6 address, if any; else the address itself."""
    if isinstance(ip, IPv6Address):
        if ip.ipv4_mapped is not None:
            return ip.ipv4_mapped
        if ip.sixtofour is not None:
            return ip.sixtofour
        if ip in _NAT64:
            return IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip


# The resolver reads an address also from one to four numbers: 127.1, 2130706433, 0x7f000001.
_NUMBERS = re.compile(r"(0x[0-9a-f]+|[0-9]+)(\.(0x[0-9a-f]+|[0-9]+)){0,3}", re.IGNORECASE)


def is_literally_not_public(host: str) -> bool:
    """Whether a host is written as an address that is not public, or as ``localhost``.

    No name is resolved: another name may lead to such an address too.
    """
    host = host.strip("[]").rstrip(".").lower()
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        if _NUMBERS.fullmatch(host):
            return not is_public(socket.inet_ntoa(socket.inet_aton(host)))
        return not is_public(host)
    except (OSError, ValueError):
        return False
