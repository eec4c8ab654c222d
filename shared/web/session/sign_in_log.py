"""
A log line for each try to sign in: who and from where as digests, and what came of it.

An operator follows one person's or one address's tries by its digest, and learns neither: both are
made with this application's key.
"""

import hashlib
import hmac

from flask import current_app

from shared.runtime.logs import log
from shared.web.session.client_address import address_digest

OPENED = "opened"
SHOWN = 16
"""Hexadecimal digits of a digest: enough to tell a town's people apart."""


def log_sign_in(login: str, outcome: str) -> None:
    """Log a try; `outcome` is `opened`, or the code of the refusal."""
    key = str(current_app.secret_key).encode()
    who = hmac.new(key, b"login|" + login.strip().casefold().encode(), hashlib.sha256)
    log(
        "sign_in",
        who=who.hexdigest()[:SHOWN],
        address=address_digest()[:SHOWN],
        outcome=outcome,
    )
