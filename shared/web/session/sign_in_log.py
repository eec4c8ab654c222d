"""
A log line for each try to sign in: who and from where as digests, and what came of it.

An operator follows one person's or one address's tries by its digest (`preau sign-ins`), and learns
neither of the others: both are made with this application's key.
"""

from flask import current_app

from shared.runtime.logs import log
from shared.web.session.client_address import address_digest, digest_with, network_of_address

OPENED = "opened"
SHOWN = 16
"""Hexadecimal digits of a digest: enough to distinguish a town's people."""


def log_sign_in(login: str, outcome: str) -> None:
    """Log a try; `outcome` is `opened`, or the code of the refusal."""
    log(
        "sign_in",
        who=login_digest(str(current_app.secret_key), login),
        address=address_digest()[:SHOWN],
        outcome=outcome,
    )


def login_digest(key: str, login: str) -> str:
    """Return the digest by which an application with this key logs a login."""
    return digest_with(key, "login", login.strip().casefold())[:SHOWN]


def digest_of_logged_address(key: str, address: str) -> str:
    """Return the digest by which an application with this key logs an address."""
    return digest_with(key, "address", network_of_address(address.strip()))[:SHOWN]
