"""
The devices that identity knows: what a browser keeps of the accounts that signed in with it.

The cookie is signed and lists one secret per account; there is no login in it, and it opens
nothing. Identity lets a known device try without waiting for what strangers do. It outlives
sign-out and the browser's closing, and goes with the accounts' passwords.
"""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer
from werkzeug.wrappers import Response

from shared.contracts.identity.sign_ins import MOST_DEVICES, TooManyTries
from shared.web.session import cookies

COOKIE = "device"
KEPT_SECONDS = 180 * 86_400
"""Seconds for which identity knows a device that is not used: 180 days."""

STRANGERS_AT_ONCE = 6
"""Sign-ins of other browsers in one process: the threads that are left are everybody else's."""

BUSY_SECONDS = 2

_strangers = threading.BoundedSemaphore(STRANGERS_AT_ONCE)


def device_secrets() -> list[str]:
    """Return the secrets that this browser keeps, the latest first; none that we did not sign."""
    try:
        devices = _signer().loads(cookies.read(COOKIE))
    except BadSignature:
        return []
    return [str(device) for device in devices][:MOST_DEVICES]


def keep_device_secret(response: Response, device: str) -> None:
    """Have the browser keep a new secret, if there is one, and those it has for as long again."""
    kept = [device, *device_secrets()] if device else device_secrets()
    if kept:
        signed = str(_signer().dumps(kept[:MOST_DEVICES]))
        cookies.write(response, COOKIE, signed, seconds=KEPT_SECONDS)


def digest_of_device() -> str | None:
    """Return a name for this browser where somebody has signed in with it: a digest."""
    kept = device_secrets()
    return hashlib.sha256("|".join(kept).encode()).hexdigest() if kept else None


@contextmanager
def limiting_unknown_devices() -> Iterator[None]:
    """
    Let a browser ask identity; raises TooManyTries where it is unknown, and as many others ask.

    A stranger may wait at identity for its turn: a crowd of them would hold every thread.
    """
    if device_secrets():
        yield
        return
    if not _strangers.acquire(blocking=False):
        raise TooManyTries(wait_seconds=BUSY_SECONDS, others=True)
    try:
        yield
    finally:
        _strangers.release()


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.secret_key), salt="known devices")
