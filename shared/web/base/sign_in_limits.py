"""
Rate limits of sign-in attempts by address, and by login from an address.

Identity delays tries on an account; this keeps one machine from asking it all day. Counted in each
process: N workers allow N times as much. An IPv6 network of 64 bits is one address: it is what one
house, or one machine, has to itself. A browser in which somebody has signed in before is counted by
itself at the sign-in, so that no neighbour uses up its tries.
"""

import hashlib

from flask import Flask, request
from flask_limiter import Limiter, RateLimitExceeded

from shared.web.session import known_devices
from shared.web.session.client_address import client_address

PER_ADDRESS = "40 per minute; 400 per hour"
PER_LOGIN = "12 per minute; 60 per hour"

PER_REFERENCE = "12 per minute; 60 per hour"
PER_BEGINNER = "10 per hour; 30 per day"
PER_NOTIFIER = "240 per minute"
PER_HOLDER = "20 per minute; 60 per hour"
PER_READER = "180 per minute; 3000 per hour"
PER_SIMULATION = "40 per minute; 400 per hour"
PER_FEED = "12 per minute; 60 per hour"
READ = ["GET", "HEAD"]
"""Asking for the head alone costs as much as asking for the page."""

limiter = Limiter(
    key_func=lambda: client_address(), headers_enabled=False, strategy="moving-window"
)


def install(app: Flask) -> None:
    """Install the limits of sign-in attempts, counted in this process's memory."""
    app.config.setdefault("RATELIMIT_STORAGE_URI", "memory://")
    limiter.init_app(app)


def device_key() -> str:
    """Return the browser where it is known, else the address."""
    return known_devices.digest_of_device() or client_address()


def login_key() -> str:
    """Return browser and login together: a neighbour's mistakes lock nobody out."""
    return f"{device_key()}|{request.form.get('login', '').strip().lower()}"


def feed_key() -> str:
    """Return a digest of the secret in a feed's address: programs of many families share one."""
    secret = str((request.view_args or {}).get("secret", ""))
    return hashlib.sha256(secret.encode()).hexdigest()


# They wrap a view; pages behind a session are free, only what is sent counts.
by_address = limiter.limit(PER_ADDRESS, methods=["POST"])
by_device = limiter.limit(PER_ADDRESS, key_func=device_key, methods=["POST"])
returning = limiter.limit(PER_ADDRESS, key_func=device_key, methods=READ)  # from a provider
entering = limiter.limit(PER_ADDRESS, methods=READ)  # a page that uses a code up
by_reference = limiter.limit(PER_REFERENCE, methods=["POST"])  # no key is guessed in sixty tries
beginning = limiter.limit(PER_BEGINNER, methods=["POST"])  # without an account; a library has one
browsing = limiter.limit(PER_READER, methods=READ)  # open pages: no robot costs a family its own
by_feed = limiter.limit(PER_FEED, key_func=feed_key, methods=READ)
simulating = limiter.limit(PER_SIMULATION, methods=["POST"])
by_login = limiter.limit(PER_LOGIN, key_func=login_key, methods=["POST"])


def may_address_notify_us() -> bool:
    """Return whether this address may still notify us; over the limit nothing else happens."""
    return _is_within(PER_NOTIFIER)


def may_keep_form() -> bool:
    """Return whether a form that came from this address without a session may still be kept."""
    return _is_within(PER_HOLDER)


def _is_within(limit: str) -> bool:
    try:
        with limiter.limit(limit):
            return True
    except RateLimitExceeded:
        return False
