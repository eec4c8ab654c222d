"""The address that asks, as limits count it, and the digests by which others may."""

import hashlib
import hmac
import ipaddress

from flask import current_app, request

WIDE = 48
"""Bits of the widest network of IPv6 that one subscriber has."""


def client_address() -> str:
    """
    Return the address that asks, an IPv6 one as its network.

    The last address that the proxy noted counts only where the peer is that proxy: on loopback, or
    on a Unix socket, which has no address.
    """
    peer = request.remote_addr or ""
    noted = request.headers.get("X-Forwarded-For", "").split(",")[-1].strip()
    return network_of_address(noted if noted and _is_the_proxy(peer) else peer or "local")


def network_of_address(text: str) -> str:
    """Return an address of IPv4 as it is, one of IPv6 as the network of 64 bits that it is in."""
    try:
        network_address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return text
    if network_address.version == 4:
        return str(network_address)
    if network_address.ipv4_mapped is not None:
        return str(network_address.ipv4_mapped)
    return str(ipaddress.ip_network((network_address, 64), strict=False))


def address_digest() -> str:
    """Return the address as identity may count by it: a digest with this application's key."""
    return _keyed_digest("address", client_address())


def network_digest() -> str:
    """Return the wide network that the address is in as a digest, "" for an address of IPv4."""
    network, slash, _ = client_address().partition("/")
    if not slash:
        return ""
    return _keyed_digest("network", str(ipaddress.ip_network((network, WIDE), strict=False)))


def digest_of_network() -> str:
    """Return a digest of the widest place that one subscriber has: an address, or a network."""
    return network_digest() or address_digest()


def digest_with(key: str, kind: str, value: str) -> str:
    """Return a digest that only who has the key can make."""
    return hmac.new(key.encode(), f"{kind}|{value}".encode(), hashlib.sha256).hexdigest()


def _keyed_digest(kind: str, value: str) -> str:
    return digest_with(str(current_app.secret_key), kind, value)


def _is_the_proxy(peer: str) -> bool:
    try:
        return not peer or ipaddress.ip_address(peer).is_loopback
    except ValueError:
        return False
