"""A person whom the town's OpenID provider knows signs in, if its account is linked."""

from services.identity.accounts import queries
from services.identity.accounts.rules.account_kinds import FAMILY
from services.identity.handlers.office.office_of_request import office_code_of_principal
from services.identity.handlers.own_account.one_time_codes import unsealed_totp_secret
from services.identity.handlers.tokens import make_new_session_answer
from services.identity.models import Account
from services.identity.openid import commands
from services.identity.openid.client.door import openid_door_of_principal
from services.identity.openid.commands import Ticket
from services.identity.openid.queries import subject_of_identity
from services.identity.openid.rules import claims as rules
from services.identity.second_factors.commands import challenges, factors
from services.identity.second_factors.queries import (
    factor_kinds_asked_at_sign_in,
    second_factor_kinds_of,
)
from services.identity.sessions.commands import known_devices, sign_in_tries, signing_in
from services.identity.sessions.commands.sign_in_tries import Door, Taken
from services.identity.sessions.rules.lifetime_and_secrets import digest_of_session_secret
from services.identity.store import store
from shared.bus import FRONT_DESK, PORTAL, PROVIDERS, Service, anonymous, answers
from shared.contracts.identity import openid as contracts
from shared.contracts.identity.own_account.second_factors import KNOWN_DEVICE, NEW_DEVICE
from shared.contracts.identity.sign_ins import SecondFactorNeeded, SignInAnswer
from shared.contracts.message import Caller, Empty
from shared.database import Write
from shared.dates.clock import now, today


class OpenIdSignIn(Service):
    """The provider's word is verified here alone; pages pass on what a browser brings."""

    @answers(contracts.begin_openid, callers=[PORTAL, PROVIDERS, FRONT_DESK], right=anonymous)
    def begin_openid(self, _request: Empty, caller: Caller) -> contracts.OpenIdBegun:
        door = openid_door_of_principal(self.settings, caller.principal)
        with store.write() as write:
            made = challenges.make_challenge(write, challenges.OPENID, now())
        return door.begin(made.secret)

    @answers(contracts.prove_openid, callers=[PORTAL, PROVIDERS, FRONT_DESK], right=anonymous)
    def prove_openid(
        self, request: contracts.OpenIdReturn, caller: Caller
    ) -> contracts.OpenIdProven:
        door = openid_door_of_principal(self.settings, caller.principal)
        with store.write() as write:
            open_ = challenges.use_up_challenge(write, request.secret, challenges.OPENID, now())
        known = door.ask_who_came(request, asked=open_ is not None)
        digest = rules.digest_of_identity(door.provider, known.claims)
        factor = rules.shows_second_factor(door.provider, known.claims)
        with store.write() as write:
            subject = subject_of_identity(write, digest, door.kind)
            if subject is None:
                raise contracts.OpenIdNotLinked
            ticket = commands.make_ticket(write, subject, caller.principal, factor, now())
        return contracts.OpenIdProven(ticket, door.address_to_leave(known))

    @answers(contracts.sign_in_by_openid, callers=[PORTAL, PROVIDERS, FRONT_DESK], right=anonymous)
    def sign_in_by_openid(
        self, request: contracts.OpenIdSignInRequest, caller: Caller
    ) -> SignInAnswer:
        at = now()
        ticket, door, sealed = _look_at_ticket(request, caller)
        totp = unsealed_totp_secret(ticket.subject, sealed)
        taken = _count_typed_code(request, door, ticket)
        with store.write() as write:
            account = queries.lock_account(write, ticket.subject)
            proven = _require_second_factor(write, account, ticket, request, door, totp)
            used = commands.use_up_ticket(write, request.ticket, ticket, door.azp, at)
            if not used or not account.active:
                raise contracts.OpenIdRefused(reason="late")
            signing_in.refuse_without_right_at_door(write, account, door.provider, at, today())
            if taken is not None:
                sign_in_tries.forget_tries(write, door, taken)
            commands.note_use_of_link(write, account.subject, at)
            secret, issued_at = signing_in.open_session(
                write, account, door.azp, at, address=door.address
            )
            device = _know_device(write, account, request, door, typed=taken is not None)
        key = self.settings.token_signing_key
        return make_new_session_answer(key, account, door.azp, secret, issued_at, device, proven)


def _look_at_ticket(
    request: contracts.OpenIdSignInRequest, caller: Caller
) -> tuple[Ticket, Door, bytes | None]:
    """Return an open ticket, the door where its account's codes count, and their sealed secret."""
    azp = caller.principal
    with store.write() as write:
        ticket = commands.lock_ticket(write, request.ticket, azp, now())
        if ticket is None:
            raise contracts.OpenIdRefused(reason="late")
        account = write.get_one(Account, ticket.subject)
        door = Door(
            azp,
            office_code_of_principal(azp),
            account.kind,
            account.login,
            request.address,
            tuple(request.devices),
            request.network,
        )
        return ticket, door, account.totp_sealed


def _count_typed_code(
    request: contracts.OpenIdSignInRequest, door: Door, ticket: Ticket
) -> Taken | None:
    """Count a code that is typed as one after a password is; raises TooManyTries."""
    if not request.code:
        return None
    with store.write() as write:
        taken = sign_in_tries.count_try(write, door, now(), ticket.subject)
    sign_in_tries.refuse_try_waiting_in_crowd(taken)
    return taken


def _require_second_factor(
    write: Write,
    account: Account,
    ticket: Ticket,
    request: contracts.OpenIdSignInRequest,
    door: Door,
    totp: str | None,
) -> bool:
    """
    Ask for the second factor that the account has, unless the provider asked for one.

    Return whether the person has given all that it is asked for before something grave. Raises
    SecondFactorNeeded and WrongCredentials.
    """
    at = now()
    known = known_devices.lock_device_of_secrets(write, account.subject, door.azp, door.devices, at)
    ways = factor_kinds_asked_at_sign_in(write, account, known.digest if known else None, at)
    if ways and not ticket.factor:
        if not request.code:
            raise SecondFactorNeeded(ways=ways)
        place = KNOWN_DEVICE if known else NEW_DEVICE
        factors.accept_typed_code(write, account, totp, request.code, place, at)
    return ticket.factor or second_factor_kinds_of(write, account) == ways


def _know_device(
    write: Write,
    account: Account,
    request: contracts.OpenIdSignInRequest,
    door: Door,
    *,
    typed: bool,
) -> str:
    """Return the secret of a device that was not known before, else ""; trust it where asked to."""
    at = now()
    known = known_devices.lock_device_of_secrets(write, account.subject, door.azp, door.devices, at)
    new = "" if known else known_devices.make_device_known(write, account.subject, door.azp, at)
    if typed and request.remember and account.kind == FAMILY:
        digest = known.digest if known else digest_of_session_secret(new)
        known_devices.trust_device_for_second_factor(write, digest, at)
    return new
