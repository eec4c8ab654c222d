"""Digests by which a browser is known, from which nothing can be found again. Pure."""

import hashlib


def device_digest(secret: str) -> str:
    """Return the name of a browser by the secret in its own cookie."""
    return hashlib.sha256(b"told device|" + secret.encode()).hexdigest()


def subscription_id(endpoint: str) -> str:
    """Return the name of a browser by its address at its push service."""
    return hashlib.sha256(b"push endpoint|" + endpoint.encode()).hexdigest()
