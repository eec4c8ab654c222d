"""Sign-in, tokens and sign-out, for families at the portal and agents at their offices."""

from services.identity.accounts.commands.announcements import publish_subject_changed
from services.identity.accounts.rules import accounts, passwords, tries, turns
from services.identity.handlers.offices import code_of_office
from services.identity.handlers.rights import family
from services.identity.handlers.tokens import accompanied_token, token_of
from services.identity.models import TOTP_PLACE
from services.identity.sessions.commands import accompanied, admission
from services.identity.sessions.commands.admission import Door, Known, Taken
from services.identity.store import store, vault
from shared.bus import FRONT_DESK, PORTAL, PROVIDERS, Service, anonymous, answers
from shared.bus.native_threads import run_in_native_thread
from shared.contracts.errors import NotAllowed
from shared.contracts.identity import sign_ins
from shared.contracts.identity.sign_ins import SecondFactorNeeded, TooManyTries, WrongCredentials
from shared.contracts.message import Caller, Empty
from shared.database import Write
from shared.dates.clock import now, today
from shared.person import sign_order
from shared.register.declarations import IDENTITY


class SignIn(Service):
    """
    A password, and for agents a second factor, open a session.

    Requests that hash a password open their own transactions: a hash takes too long for one.
    """

    @answers(sign_ins.sign_in, callers=[PORTAL, PROVIDERS, FRONT_DESK], right=anonymous)
    def sign_in(self, request: sign_ins.SignInRequest, caller: Caller) -> sign_ins.SignInAnswer:
        door = _door(request, caller)
        with store.write() as write:
            known = admission.who_knocks(write, door)
            taken = admission.take_try(write, door, now(), known.subject)
        admission.require_turn(taken)
        outcome = _compared(door, taken, known, request.password)
        if not outcome.fits or known.subject is None:
            raise WrongCredentials
        if known.needs_code and not request.code:
            with store.write() as write:
                admission.half_way(write, door, taken)
            raise SecondFactorNeeded
        totp = _opened(known.subject, known.totp_sealed)
        at = now()
        with store.write() as write:
            account = admission.still_there(write, known)
            admission.prove_second_factor(account, totp, request.code, at)
            admission.require_welcome(write, account, door.provider, at, today())
            admission.forget_tries(write, door, taken)
            account.password_hash = outcome.renewed or account.password_hash
            secret, issued_at = admission.open_session(write, account, door.azp, at)
            device = admission.remembered(write, door, taken, account.subject)
        issued = token_of(self.settings.token_signing_key, account, door.azp, issued_at)
        return sign_ins.SignInAnswer(
            session=secret,
            token=issued.token,
            expires_at=issued.expires_at,
            subject=account.subject,
            kind=account.kind,
            name=account.name,
            device=device,
        )

    @answers(sign_ins.renew_token, callers=[PORTAL, PROVIDERS, FRONT_DESK], right=anonymous)
    def renew_token(self, request: sign_ins.SessionRequest, caller: Caller) -> sign_ins.IssuedToken:
        azp, key = caller.principal, self.settings.token_signing_key
        with store.write() as write:
            if azp == PORTAL and accompanied.is_one(write, request.session):
                register = store.register
                going = accompanied.renew(write, register, request.session, now(), today())
                return accompanied_token(key, going)
            account, issued_at = admission.renew(
                write, request.session, azp, code_of_office(azp), now(), today()
            )
        return token_of(key, account, azp, issued_at)

    @answers(sign_ins.sign_out, callers=[PORTAL, PROVIDERS, FRONT_DESK], right=anonymous)
    def sign_out(self, write: Write, request: sign_ins.SessionRequest, caller: Caller) -> Empty:
        gone = admission.end_session(write, request.session, caller.principal, now())
        if caller.principal == PORTAL:
            gone = gone or accompanied.end(write, request.session, now())
        if gone is not None:
            publish_subject_changed(write, gone, store.register, today())
        return Empty()

    @answers(sign_ins.sign_act, callers=[PORTAL], right=family)
    def sign_act(self, request: sign_ins.SignActRequest, caller: Caller) -> sign_ins.SignActAnswer:
        """Sign what a person orders now of a provider that does not answer; it is no token."""
        signed = sign_order(
            self.settings.token_signing_key,
            caller.subject,
            caller.principal,
            caller.kind,
            request.digest,
            now(),
            caller.actor,
        )
        return sign_ins.SignActAnswer(signed)


def _door(request: sign_ins.SignInRequest, caller: Caller) -> Door:
    azp, office = caller.principal, code_of_office(caller.principal)
    kind = accounts.kind_at(azp, is_office=office is not None)
    if kind is None:
        raise NotAllowed(callee=IDENTITY, method="sign_in")
    login = accounts.folded(request.login)
    return Door(azp, office, kind, login, request.address, tuple(request.devices))


def _compared(door: Door, taken: Taken, known: Known, password: str) -> passwords.Outcome:
    """Compare a password; a stranger's try is given back where too many others' are before."""
    if taken.device is not None:
        return run_in_native_thread(passwords.check, known.password_hash, password)
    try:
        with turns.of_strangers(door.azp).one():
            return run_in_native_thread(passwords.check, known.password_hash, password)
    except turns.Taken:
        with store.write() as write:
            admission.give_back(write, door, taken)
        raise TooManyTries(wait_seconds=tries.BUSY_SECONDS, others=True) from None


def _opened(subject: str, totp_sealed: bytes | None) -> str | None:
    return vault.open(subject, TOTP_PLACE, totp_sealed) if totp_sealed else None
