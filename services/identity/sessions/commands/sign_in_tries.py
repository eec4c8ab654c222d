"""Tries to sign in: counted before a password is looked at, and taken back after a success."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from math import ceil

from sqlalchemy import delete

from services.identity.accounts.rules import sign_in_delays
from services.identity.models import LoginTries
from services.identity.sessions.commands import known_devices
from services.identity.sessions.commands.counted_tries import (
    lock_row_of_tries,
    store_tries,
    tries_in_row,
)
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
    def digest_of_place_and_login(self) -> str:
        return self._digest("here", self.address, self.login)

    @property
    def crowds_around(self) -> Iterator[tuple[sign_in_delays.Crowd, str]]:
        """Yield the crowds that a stranger here is in, each with the digest that it is kept by."""
        yield sign_in_delays.AT_LOGIN, self._digest("login", self.login)
        if self.address:
            yield sign_in_delays.AT_ADDRESS, self._digest("address", self.address)
        if self.network:
            yield sign_in_delays.AT_NETWORK, self._digest("network", self.network)

    def _digest(self, kind: str, *parts: str) -> str:
        return sign_in_delays.digest_of_counted_tries(kind, f"{self.azp}|{self.kind}", *parts)


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
    def waiting_since(self) -> datetime:
        return self.knock or self.at


def count_try(write: Write, door: Door, at: datetime, subject: str | None = None) -> Taken:
    """
    Count a try before its password is looked at; a success takes it back.

    Counted first, so that a thousand at once are not a thousand free ones. Raises TooManyTries; a
    wait that is returned has to be kept first (`refuse_try_waiting_in_crowd`).
    """
    device = (
        known_devices.lock_device_of_secrets(write, subject, door.azp, door.devices, at)
        if subject
        else None
    )
    if device is None:
        return _count_strangers_try(write, door, at)
    earlier = known_devices.tries_of_device(device)
    _refuse_try_that_has_to_wait(
        sign_in_delays.Wait(sign_in_delays.wait_of_known_device(earlier, at))
    )
    known_devices.store_tries(device, sign_in_delays.tries_with_one_more(earlier, at))
    return Taken(at, device.digest)


def refuse_try_waiting_in_crowd(taken: Taken) -> None:
    """Raise TooManyTries if the try has to wait in a crowd; call after the commit."""
    _refuse_try_that_has_to_wait(taken.wait)


def _count_strangers_try(write: Write, door: Door, at: datetime) -> Taken:
    here = lock_row_of_tries(write, door.digest_of_place_and_login, at)
    rows = [(crowd, lock_row_of_tries(write, digest, at)) for crowd, digest in door.crowds_around]
    before = sign_in_delays.Strangers(
        tries_in_row(here),
        tuple((crowd, tries_in_row(row)) for crowd, row in rows),
    )
    wait = sign_in_delays.wait_of_unknown_device(before, at)
    if not wait.knocks:
        _refuse_try_that_has_to_wait(wait)
    knock = sign_in_delays.waiting_for_turn_since(before.here, at)
    for crowd, row in rows:
        if wait.knocks and not crowd.a_mistake:
            continue
        made = (
            sign_in_delays.tries_without_one(tries_in_row(row), knock)
            if knock
            else tries_in_row(row)
        )
        store_tries(row, sign_in_delays.tries_with_one_more(made, at, crowd.window, crowd.stops))
    if wait.knocks:
        store_tries(here, sign_in_delays.tries_with_moment_asked_to_wait(before.here, at))
        return Taken(at, wait=wait)
    store_tries(here, sign_in_delays.tries_with_one_more(before.here, at))
    return Taken(at, mistakes=sign_in_delays.count_mistakes_of_address(before, at), knock=knock)


def _refuse_try_that_has_to_wait(wait: sign_in_delays.Wait) -> None:
    if wait.time > sign_in_delays.NO_WAIT:
        raise TooManyTries(wait_seconds=ceil(wait.time.total_seconds()), others=wait.others)


def forget_tries(write: Write, door: Door, taken: Taken) -> None:
    """Begin anew after a success; what strangers tried at this login or address stays counted."""
    if taken.device is not None:
        known_devices.reset_tries(write, taken.device, taken.at)
        return
    write.execute(
        delete(LoginTries).where(LoginTries.login_digest == door.digest_of_place_and_login)
    )
    _take_back_crowd_try(write, door, taken)


def take_back_before_code(write: Write, door: Door, taken: Taken) -> None:
    """Take back what a try with the right password cost; its second factor is to come."""
    if taken.device is not None:
        return
    here = lock_row_of_tries(write, door.digest_of_place_and_login, taken.at)
    here.knocked_at = taken.at - sign_in_delays.PATIENCE
    _take_back_crowd_try(write, door, taken)


def take_back_unchecked_try(write: Write, door: Door, taken: Taken) -> None:
    """
    Take a stranger's try back whose password was not looked at; it becomes a knock.

    That one stays at the address: who comes back for the same login goes before who tries another.
    """
    here = lock_row_of_tries(write, door.digest_of_place_and_login, taken.at)
    store_tries(
        here, sign_in_delays.tries_without_one(tries_in_row(here), taken.at, taken.waiting_since)
    )
    for crowd, digest in door.crowds_around:
        _replace_try(write, digest, taken.at, [taken.waiting_since] if crowd.a_mistake else [])


def _take_back_crowd_try(write: Write, door: Door, taken: Taken) -> None:
    for _, digest in door.crowds_around:
        _replace_try(write, digest, taken.at, [])


def _replace_try(write: Write, digest: str, at: datetime, by: list[datetime]) -> None:
    row = lock_row_of_tries(write, digest, at)
    others = [each for each in row.recent if each != at.timestamp()]
    row.recent = sorted([*others, *known_devices.seconds_from_moments(by)])
    if not row.recent:
        write.delete(row)
