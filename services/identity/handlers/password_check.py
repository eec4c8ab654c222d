"""A password compared with its account's, its try counted before and forgotten after."""

from services.identity.accounts.rules import hashing_turns, passwords, sign_in_delays
from services.identity.handlers.office.office_of_request import office_code_of_principal
from services.identity.models import Account
from services.identity.sessions.commands import sign_in_tries, signing_in
from services.identity.sessions.commands.sign_in_tries import Door, Taken
from services.identity.sessions.commands.signing_in import Known
from services.identity.store import store
from shared.bus.native_threads import run_in_native_thread
from shared.contracts.identity.own_account.password_and_sessions import FromBrowser
from shared.contracts.identity.sign_ins import TooManyTries, WrongCredentials
from shared.contracts.message import Caller
from shared.dates.clock import now


def make_door_of_person(request: FromBrowser, caller: Caller) -> Door:
    """Return the door of a person who is signed in: its tries count as at a sign-in."""
    with store.read() as read:
        login = read.get_one(Account, caller.subject).login
    return Door(
        caller.principal,
        office_code_of_principal(caller.principal),
        caller.kind,
        login,
        request.address,
        tuple(request.devices),
    )


def check_password(door: Door, password: str) -> tuple[Known, Taken, passwords.Outcome]:
    """
    Compare a password in transactions of its own: a hash takes too long for one.

    Raises TooManyTries and WrongCredentials.
    """
    with store.write() as write:
        known = signing_in.look_up_login_to_compare(write, door)
        taken = sign_in_tries.count_try(write, door, now(), known.subject)
    sign_in_tries.refuse_try_waiting_in_crowd(taken)
    outcome = _compare_password(door, taken, known, password)
    if not outcome.fits or known.subject is None:
        raise WrongCredentials
    return known, taken, outcome


def check_repeated_password(door: Door, password: str) -> None:
    """Compare a password that is given again, and forget its try; raises as `check_password`."""
    _, taken, _ = check_password(door, password)
    with store.write() as write:
        sign_in_tries.forget_tries(write, door, taken)


def _compare_password(door: Door, taken: Taken, known: Known, password: str) -> passwords.Outcome:
    """Compare a password; a stranger's try is given back where too many others go before."""
    if taken.device is not None:
        return run_in_native_thread(passwords.check_password, known.password_hash, password)
    try:
        with hashing_turns.strangers.wait_for_turn(door.azp, taken.mistakes, taken.waiting_since):
            return run_in_native_thread(passwords.check_password, known.password_hash, password)
    except hashing_turns.Taken:
        with store.write() as write:
            sign_in_tries.take_back_unchecked_try(write, door, taken)
        raise TooManyTries(wait_seconds=sign_in_delays.BUSY_SECONDS, others=True) from None
