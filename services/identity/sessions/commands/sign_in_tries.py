"""Tries to sign in: counted before a password is looked at, and taken back after a success."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from math import ceil

from sqlalchemy import delete

from services.identity.accounts.rules import sign_in_delays
from services.identity.models import LoginTries
from services.identity.sessions.commands import known_devices
from services.identity.sessions.commands.counted_tries import locked_row, store_tries, tries_of
from shared.contracts.identity.sign_ins import TooManyTries
from shared.database import Write


@dataclass(frozen=True, slots=True)
class Door:
    """
    A sign-in attempt: the principal, the provider behind it (None: the portal), and the login.

    `address`, `network` and `devices` come from that principal and are not verified.
    """

    azp: str
    provider: str | None
    kind: str
    login: str
    address: str = ""  # a digest that only the principal can make; "" where it names none
    devices: tuple[str, ...] = ()
    network: str = ""  # the wider one around the address, "" where it has none

    @property
    def here_digest(self) -> str:
        return self._digest("here", self.address, self.login)

    @property
    def around(self) -> Iterator[tuple[sign_in_delays.Crowd, str]]:
        """Yield the crowds that a stranger here is in, each with the digest that it is kept by."""
        yield sign_in_delays.AT_LOGIN, self._digest("login", self.login)
        if self.address:
            yield sign_in_delays.AT_ADDRESS, self._digest("address", self.address)
        if self.network:
            yield sign_in_delays.AT_NETWORK, self._digest("network", self.network)

    def _digest(self, kind: str, *parts: str) -> str:
        return sign_in_delays.tries_digest(kind, f"{self.azp}|{self.kind}", *parts)


@dataclass(frozen=True, slots=True)
class Taken:
    """
    A try that was counted, or has to wait in a crowd; `device` is the digest of a known one.

    A stranger's has the `mistakes` around it, and the `knock` with which it began to wait.
    """

    at: datetime
    device: str | None = None
    wait: sign_in_delays.Wait = sign_in_delays.AT_ONCE
    mistakes: int = 0
    knock: datetime | None = None

    @property
    def since(self) -> datetime:
        return self.knock or self.at


def count_try(write: Write, door: Door, at: datetime, subject: str | None = None) -> Taken:
    """
    Count a try before its password is looked at; a success takes it back.

    Counted first, so that a thousand at once are not a thousand free ones. Raises TooManyTries; a
    wait that is returned has to be kept first (`refuse_waiting_try`).
    """
    device = (
        known_devices.recognise_device(write, subject, door.azp, door.devices, at)
        if subject
        else None
    )
    if device is None:
        return _count_strangers_try(write, door, at)
    earlier = known_devices.tries_of_device(device)
    _require_no_wait(sign_in_delays.Wait(sign_in_delays.device_wait(earlier, at)))
    known_devices.store_tries(device, sign_in_delays.add_try(earlier, at))
    return Taken(at, device.digest)


def refuse_waiting_try(taken: Taken) -> None:
    """Raise TooManyTries if the try has to wait in a crowd; call after the commit."""
    _require_no_wait(taken.wait)


def _count_strangers_try(write: Write, door: Door, at: datetime) -> Taken:
    here = locked_row(write, door.here_digest, at)
    rows = [(crowd, locked_row(write, digest, at)) for crowd, digest in door.around]
    before = sign_in_delays.Strangers(
        tries_of(here),
        tuple((crowd, tries_of(row)) for crowd, row in rows),
    )
    wait = sign_in_delays.strangers_wait(before, at)
    if not wait.knocks:
        _require_no_wait(wait)
    knock = sign_in_delays.valid_knock(before.here, at)
    for crowd, row in rows:
        if wait.knocks and not crowd.a_mistake:
            continue
        made = sign_in_delays.remove_try(tries_of(row), knock) if knock else tries_of(row)
        store_tries(row, sign_in_delays.add_try(made, at, crowd.window, crowd.stops))
    if wait.knocks:
        store_tries(here, sign_in_delays.add_knock(before.here, at))
        return Taken(at, wait=wait)
    store_tries(here, sign_in_delays.add_try(before.here, at))
    return Taken(at, mistakes=sign_in_delays.mistakes_around(before, at), knock=knock)


def _require_no_wait(wait: sign_in_delays.Wait) -> None:
    if wait.time > sign_in_delays.NO_WAIT:
        raise TooManyTries(wait_seconds=ceil(wait.time.total_seconds()), others=wait.others)


def forget_tries(write: Write, door: Door, taken: Taken) -> None:
    """Begin anew after a success; what strangers tried at this login or address stays counted."""
    if taken.device is not None:
        known_devices.reset_tries(write, taken.device, taken.at)
        return
    write.execute(delete(LoginTries).where(LoginTries.login_digest == door.here_digest))
    _take_back_try(write, door, taken)


def take_back_before_code(write: Write, door: Door, taken: Taken) -> None:
    """Take back what a try with the right password cost; its second factor is to come."""
    if taken.device is not None:
        return
    here = locked_row(write, door.here_digest, taken.at)
    here.knocked_at = taken.at - sign_in_delays.PATIENCE
    _take_back_try(write, door, taken)


def give_back_try(write: Write, door: Door, taken: Taken) -> None:
    """
    Take a stranger's try back whose password was not looked at; it becomes a knock.

    That one stays at the address: who comes back for the same login goes before who tries another.
    """
    here = locked_row(write, door.here_digest, taken.at)
    store_tries(here, sign_in_delays.remove_try(tries_of(here), taken.at, taken.since))
    for crowd, digest in door.around:
        _replace_try(write, digest, taken.at, [taken.since] if crowd.a_mistake else [])


def _take_back_try(write: Write, door: Door, taken: Taken) -> None:
    for _, digest in door.around:
        _replace_try(write, digest, taken.at, [])


def _replace_try(write: Write, digest: str, at: datetime, by: list[datetime]) -> None:
    row = locked_row(write, digest, at)
    others = [each for each in row.recent if each != at.timestamp()]
    row.recent = sorted([*others, *known_devices.seconds_from_moments(by)])
    if not row.recent:
        write.delete(row)
