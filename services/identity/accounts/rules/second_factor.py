"""The agents' second factor: a six-digit code of the minute (TOTP), each accepted once."""

import hmac
from base64 import b32decode
from datetime import datetime

import pyotp

WINDOW = 1
"""Steps of 30 seconds that a telephone's clock may be off, to either side."""


def new_totp_secret() -> str:
    """Return a new secret: 160 bits, base 32."""
    return pyotp.random_base32()


def is_totp_secret(text: str) -> bool:
    """Say whether a text can be a secret: base 32, 80 bits at least."""
    try:
        return len(b32decode(text, casefold=True)) >= 10
    except ValueError:
        return False


def otpauth_address(secret: str, login: str, town: str) -> str:
    """Return the otpauth:// address that an application on a telephone reads."""
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=f"Préau {town}")


def accepted_step(secret: str, code: str, at: datetime, last_step: int) -> int | None:
    """
    Return the step of a code that is right and newer than the last accepted one, else None.

    The caller stores it, so that a code seen over a shoulder opens nothing (ASVS 6.5.1).
    """
    totp = pyotp.TOTP(secret)
    typed = "".join(code.split()).encode()
    now_step = totp.timecode(at)
    for step in range(now_step - WINDOW, now_step + WINDOW + 1):
        fits = hmac.compare_digest(totp.generate_otp(step).encode(), typed)
        if fits and step > last_step:
            return step
    return None
