"""
Checks of a push service's address: browsers give it, and a false one could reach inside (SSRF).

https alone, on a host whose every address is public, and connected to by the address that was
looked at: a name that answers otherwise a moment later leads nowhere else.
"""

import ipaddress
import re
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

LONGEST = 1000
HTTPS = 443

_NAME = re.compile(
    r"(?=.{4,253}\Z)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]"
)
"""A name of the DNS: neither an address, however written, nor what no resolver can be asked."""
_GIVEN_OUT = ipaddress.ip_network("2000::/3")
"""All of IPv6 that leads to one host of the open network."""


class Refused(ValueError):
    """An address that the town does not write to."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A push service: whom the message is addressed to, and where it is connected."""

    origin: str
    host: str
    port: int
    path: str
    secure: bool = True
    address: str = ""
    """The public address of the host, once it was looked up."""


def read_endpoint(text: str, stand_in: str = "") -> Endpoint:
    """
    Return the parts of an address; raises Refused.

    What begins with `stand_in`, an address of the town's own settings, is taken as it is.
    """
    if len(text) > LONGEST or not text.isascii() or any(sign.isspace() for sign in text):
        raise Refused
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise Refused from None
    host = parts.hostname or ""
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    origin = f"{parts.scheme}://{parts.netloc}"
    if stand_in and origin == stand_in:
        secure = parts.scheme == "https"
        return Endpoint(origin, host, port or (HTTPS if secure else 80), path, secure, host)
    if parts.scheme != "https" or port not in (None, HTTPS) or not host or "@" in parts.netloc:
        raise Refused
    if not _NAME.fullmatch(host):
        raise Refused
    return Endpoint(origin, host, HTTPS, path)


def public_address(host: str) -> str:
    """Return an address of a host, all of whose addresses are public; raises Refused, OSError."""
    found = [str(each[4][0]) for each in socket.getaddrinfo(host, HTTPS, type=socket.SOCK_STREAM)]
    if not found or not all(_is_public(each) for each in found):
        raise Refused
    return found[0]


def _is_public(text: str) -> bool:
    """Say whether an address is of the open network, and hides no address of another one."""
    address = ipaddress.ip_address(text)
    if isinstance(address, ipaddress.IPv6Address) and (
        address not in _GIVEN_OUT or address.sixtofour or address.teredo
    ):
        return False
    return address.is_global and not address.is_multicast
