"""Certificates as servers show them: of the town's addresses, its engines and its mail server."""

import smtplib
import socket
import ssl
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509

ANSWER_SECONDS = 3.0
_SSL_REQUEST = struct.pack("!II", 8, 80877103)
"""With which a client of PostgreSQL asks for TLS, before it says anything else."""


@dataclass(frozen=True)
class Shown:
    """A certificate that a server shows: when it is over, and why the town does not take it."""

    end: datetime
    refusal: str = ""


Wrap = Callable[["ssl.SSLContext"], bytes | None]  # by name: eventlet replaces that class
"""Does a handshake, and returns the certificate that was shown."""


def shown_over_tls(host: str, port: int, context: ssl.SSLContext | None = None) -> Shown | None:
    """Return what a server shows at once; None where nobody answers."""

    def wrap(trusting: ssl.SSLContext) -> bytes | None:
        with _connected(host, port) as connected:
            return _handshake(trusting, connected, host)

    return _shown(wrap, context)


def shown_by_postgres(host: str, port: int, context: ssl.SSLContext) -> Shown | None:
    """Return what a database server shows when asked for TLS; None where nobody answers so."""

    def wrap(trusting: ssl.SSLContext) -> bytes | None:
        with _connected(host, port) as connected:
            connected.sendall(_SSL_REQUEST)
            return _handshake(trusting, connected, host) if connected.recv(1) == b"S" else None

    return _shown(wrap, context)


def shown_by_mail_server(host: str, port: int, context: ssl.SSLContext) -> Shown | None:
    """Return what a mail server shows after STARTTLS; None where nobody answers so."""

    def wrap(trusting: ssl.SSLContext) -> bytes | None:
        with smtplib.SMTP(host, port, timeout=ANSWER_SECONDS) as opened:
            opened.starttls(context=trusting)
            return opened.sock.getpeercert(binary_form=True)  # type: ignore[union-attr]

    return _shown(wrap, context)


def _shown(wrap: Wrap, context: ssl.SSLContext | None) -> Shown | None:
    """Return what is shown, looked at again without a doubt where the town does not take it."""
    refusal = ""
    try:
        if context is not None:
            return _read(wrap(context))
    except ssl.SSLCertVerificationError as error:
        refusal = error.verify_message
    except (OSError, smtplib.SMTPException, ValueError):
        return None
    try:
        return _read(wrap(_unverified_context()), refusal)
    except (OSError, smtplib.SMTPException, ValueError):
        return None


def _read(shown: bytes | None, refusal: str = "") -> Shown | None:
    if not shown:
        return None
    return Shown(x509.load_der_x509_certificate(shown).not_valid_after_utc, refusal)


def _unverified_context() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # one that is over is sought
    return context


@contextmanager
def _connected(host: str, port: int) -> Iterator[socket.socket]:
    with socket.create_connection((host, port), timeout=ANSWER_SECONDS) as connected:
        yield connected


def _handshake(context: ssl.SSLContext, connected: socket.socket, host: str) -> bytes | None:
    with context.wrap_socket(connected, server_hostname=host) as secured:
        return secured.getpeercert(binary_form=True)
