"""Sign-in, tokens and sign-out, for families at the portal and agents at their offices."""

from services.identity.accounts.commands.publishing import publish_subject_changed
from services.identity.accounts.rules import account_kinds
from services.identity.handlers.caller_rights import family
from services.identity.handlers.office.office_of_request import office_code_of_principal
from services.identity.handlers.own_account.one_time_codes import unsealed_totp_secret
from services.identity.handlers.password_check import check_password
from services.identity.handlers.tokens import (
    issue_accompanied_token,
    issue_account_token,
    make_new_session_answer,
)
from services.identity.models import Account
from services.identity.second_factors.commands import factors
from services.identity.second_factors.queries import (
    factor_kinds_asked_at_sign_in,
    second_factor_kinds_of,
)
from services.identity.sessions.commands import (
    accompanied,
    sign_in_tries,
    signing_in,
)
from services.identity.sessions.commands.sign_in_tries import Door, Taken
from services.identity.sessions.commands.signing_in import Known
from services.identity.store import store
from shared.bus import FRONT_DESK, PORTAL, PROVIDERS, Service, anonymous, answers
from shared.contracts.errors import NotAllowed
from shared.contracts.identity import sign_ins
from shared.contracts.identity.own_account.second_factors import KNOWN_DEVICE, NEW_DEVICE
from shared.contracts.identity.sign_ins import SecondFactorNeeded
from shared.contracts.message import Caller, Empty
from shared.database import Write
from shared.dates.clock import now, today
from shared.person import sign_order
from shared.register.declarations import IDENTITY


class SignIn(Service):
    """A password, and for agents and for families that enrolled one a second factor, sign in."""

    @answers(sign_ins.sign_in, callers=[PORTAL, PROVIDERS, FRONT_DESK], right=anonymous)
    def sign_in(self, request: sign_ins.SignInRequest, caller: Caller) -> sign_ins.SignInAnswer:
        door = _make_door_of_caller(request, caller)
        known, taken, outcome = check_password(door, request.password)
        enrolled, ways = _second_factors_asked(known, taken)
        if ways and not request.code:
            with store.write() as write:
                sign_in_tries.take_back_before_code(write, door, taken)
            raise SecondFactorNeeded(ways=ways)
        totp = unsealed_totp_secret(known.subject, known.totp_sealed)
        place, at = KNOWN_DEVICE if taken.device else NEW_DEVICE, now()
        with store.write() as write:
            account = signing_in.lock_unchanged_account(write, known)
            if ways:
                factors.accept_typed_code(write, account, totp, request.code, place, at)
            signing_in.refuse_without_right_at_door(write, account, door.provider, at, today())
            sign_in_tries.forget_tries(write, door, taken)
            account.password_hash = outcome.renewed or account.password_hash
            secret, issued_at = signing_in.open_session(
                write, account, door.azp, at, address=door.address
            )
            device = signing_in.remember_new_device(
                write, door, taken, account, trusted=bool(ways) and request.remember
            )
        key, proven = self.settings.token_signing_key, enrolled == ways
        return make_new_session_answer(key, account, door.azp, secret, issued_at, device, proven)

    @answers(sign_ins.renew_token, callers=[PORTAL, PROVIDERS, FRONT_DESK], right=anonymous)
    def renew_token(self, request: sign_ins.SessionRequest, caller: Caller) -> sign_ins.IssuedToken:
        azp, key = caller.principal, self.settings.token_signing_key
        going = None
        with store.write() as write:
            if azp == PORTAL and accompanied.is_accompanied_session(write, request.session):
                register = store.register
                going = accompanied.renew_session(write, register, request.session, now(), today())
            else:
                account, issued_at = signing_in.renew_session(
                    write, request.session, azp, office_code_of_principal(azp), now(), today()
                )
        # The signer is another process: no transaction waits for it.
        if going is not None:
            return issue_accompanied_token(key, going)
        return issue_account_token(key, account, azp, issued_at)

    @answers(sign_ins.sign_out, callers=[PORTAL, PROVIDERS, FRONT_DESK], right=anonymous)
    def sign_out(self, write: Write, request: sign_ins.SessionRequest, caller: Caller) -> Empty:
        gone = signing_in.end_session(write, request.session, caller.principal, now())
        if caller.principal == PORTAL:
            gone = gone or accompanied.end_session(write, request.session, now())
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


def _make_door_of_caller(request: sign_ins.SignInRequest, caller: Caller) -> Door:
    azp, office = caller.principal, office_code_of_principal(caller.principal)
    kind = account_kinds.account_kind_at_principal(azp, is_office=office is not None)
    if kind is None:
        raise NotAllowed(callee=IDENTITY, method="sign_in")
    login = account_kinds.fold_login(request.login)
    devices = tuple(request.devices)
    return Door(azp, office, kind, login, request.address, devices, request.network)


def _second_factors_asked(known: Known, taken: Taken) -> tuple[list[str], list[str]]:
    """Return by what a person may prove itself besides the password, and what it is asked for."""
    with store.read() as read:
        account = read.get_one(Account, known.subject)
        return second_factor_kinds_of(read, account), factor_kinds_asked_at_sign_in(
            read, account, taken.device, now()
        )
