"""
Known devices: a browser in which an account has signed in keeps a secret that says so.

It opens nothing. At the next sign-in, strangers' mistakes at this login or in the whole town cost
it no wait; its own do, so that whoever steals it cannot guess without limit. Where a family says so
after giving a second factor, it is asked for none in that browser for a month. It ends with the
account's sessions, when a password changes, or after half a year without use.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, select

from services.identity.accounts.rules import sign_in_delays
from services.identity.models import KnownDevice
from services.identity.sessions.rules import lifetime_and_secrets as sessions
from shared.database import Write

GOOD_FOR = timedelta(days=180)
TRUSTED_FOR = timedelta(days=30)
"""Time without a second factor on a device whose owner asked for that after giving one."""
MOST = 10
"""The most devices of one account; the one that was not used for longest gives way."""


def lock_device_of_secrets(
    write: Write, subject: str, azp: str, secrets: Iterable[str], at: datetime
) -> KnownDevice | None:
    """Return the device of this account among a browser's secrets, held until the end."""
    digests = [sessions.digest_of_session_secret(secret) for secret in secrets]
    return lock_device_of_digests(write, subject, azp, digests, at)


def lock_device_of_digests(
    write: Write, subject: str, azp: str, digests: Sequence[str], at: datetime
) -> KnownDevice | None:
    """Return the device of this account among some digests, held until the end."""
    if not digests:
        return None
    query = select(KnownDevice).where(
        KnownDevice.digest.in_(digests),
        KnownDevice.subject == subject,
        KnownDevice.azp == azp,
        KnownDevice.used_at > at - GOOD_FOR,
    )
    ordered = query.order_by(KnownDevice.used_at.desc(), KnownDevice.digest).limit(1)
    return write.scalar(ordered.with_for_update())


def make_device_known(write: Write, subject: str, azp: str, at: datetime) -> str:
    """Make a device known, and return the secret that its browser keeps."""
    theirs = select(KnownDevice).where(KnownDevice.subject == subject)
    for device in write.scalars(theirs.order_by(KnownDevice.used_at.desc()).offset(MOST - 1)):
        write.delete(device)
    secret = sessions.new_session_secret()
    digest = sessions.digest_of_session_secret(secret)
    write.add(KnownDevice(digest=digest, subject=subject, azp=azp, used_at=at, failed=0, recent=[]))
    return secret


def tries_of_device(device: KnownDevice) -> sign_in_delays.Tries:
    """Return what was tried from a device since its last success."""
    return sign_in_delays.Tries(device.failed, moments_from_seconds(device.recent))


def store_tries(device: KnownDevice, made: sign_in_delays.Tries) -> None:
    """Keep what was tried from a device."""
    device.failed, device.recent = made.failed, seconds_from_moments(made.recent)


def reset_tries(write: Write, digest: str, at: datetime) -> None:
    """Forget a device's mistakes after a success, and keep it for as long again."""
    device = write.get(KnownDevice, digest, with_for_update=True)
    if device is not None:
        store_tries(device, sign_in_delays.Tries())
        device.used_at = at


def trust_device_for_second_factor(write: Write, digest: str, at: datetime) -> None:
    """Have a device asked for no second factor for a while."""
    write.flush()
    device = write.get_one(KnownDevice, digest, with_for_update=True)
    device.trusted_until = at + TRUSTED_FOR


def forget_devices(write: Write, subject: str, azp: str | None = None) -> None:
    """Forget an account's devices, at one principal or everywhere."""
    theirs = delete(KnownDevice).where(KnownDevice.subject == subject)
    write.execute(theirs if azp is None else theirs.where(KnownDevice.azp == azp))


def delete_expired_devices(write: Write, at: datetime) -> None:
    """Delete the devices that are known no more."""
    write.execute(delete(KnownDevice).where(KnownDevice.used_at <= at - GOOD_FOR))


def moments_from_seconds(seconds: Iterable[float]) -> tuple[datetime, ...]:
    """Return moments that were kept as seconds since 1970."""
    return tuple(datetime.fromtimestamp(each, UTC) for each in seconds)


def seconds_from_moments(moments: Iterable[datetime]) -> list[float]:
    """Return moments as they are kept."""
    return [moment.timestamp() for moment in moments]
