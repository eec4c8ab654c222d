"""A person whom the town's OpenID provider knows signs in, if its account is linked."""

from services.identity.accounts import queries
from services.identity.handlers.office.office_of_request import office_code_of_principal
from services.identity.handlers.own_account.one_time_codes import unsealed_totp_secret
from services.identity.handlers.tokens import make_new_session_answer
from services.identity.models import Account
from services.identity.openid import commands
from services.identity.openid.client.door import openid_door_of_principal
from services.identity.openid.commands import Ticket
from services.identity.openid.queries import link_of_account, subject_of_identity
from services.identity.openid.rules import claims as rules
from services.identity.second_factors.commands import factors
from services.identity.second_factors.queries import (
    factor_kinds_asked_at_sign_in,
    second_factor_kinds_of,
)
from services.identity.sessions.commands import known_devices, sign_in_tries, signing_in
from services.identity.sessions.commands.sign_in_tries import Door, Taken
from services.identity.store import store
from shared.bus import FRONT_DESK, PORTAL, PROVIDERS, Service, anonymous, answers
from shared.contracts.identity import openid as contracts
from shared.contracts.identity.own_account.second_factors import KNOWN_DEVICE, NEW_DEVICE
from shared.contracts.identity.sign_ins import SecondFactorNeeded, SignInAnswer
from shared.contracts.message import Caller, Empty
from shared.dates.clock import now, today


class OpenIdSignIn(Service):
    """The provider's word is verified here alone; pages pass on what a browser brings."""

    @answers(contracts.begin_openid, callers=[PORTAL, PROVIDERS, FRONT_DESK], right=anonymous)
    def begin_openid(self, _request: Empty, caller: Caller) -> contracts.OpenIdBegun:
        door = openid_door_of_principal(self.settings, caller.principal)
        with store.write() as write:
            secret = commands.begin_round_trip(write, now())
        return door.begin(secret, linking=False)

    @answers(contracts.prove_openid, callers=[PORTAL, PROVIDERS, FRONT_DESK], right=anonymous)
    def prove_openid(
        self, request: contracts.OpenIdReturn, caller: Caller
    ) -> contracts.OpenIdProven:
        door = openid_door_of_principal(self.settings, caller.principal)
        with store.write() as write:
            begun = commands.end_round_trip(write, request.secret, now())
        known = door.ask_who_came(request, begun, linking=False)
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
            ways = factor_kinds_asked_at_sign_in(write, account, taken.device, at)
            proven = ticket.factor or second_factor_kinds_of(write, account) == ways
            typed = bool(ways) and not ticket.factor
            if typed and not request.code:
                raise SecondFactorNeeded(ways=ways)
            if typed:
                place = KNOWN_DEVICE if taken.device else NEW_DEVICE
                factors.accept_typed_code(write, account, totp, request.code, place, at)
            used = commands.use_up_ticket(write, request.ticket, ticket, door.azp, at)
            linked = link_of_account(write, account.subject) is not None
            if not (used and linked and account.active):
                raise contracts.OpenIdRefused(reason="late")
            signing_in.refuse_without_right_at_door(write, account, door.provider, at, today())
            sign_in_tries.forget_tries(write, door, taken)
            secret, issued_at = signing_in.open_session(
                write, account, door.azp, at, address=door.address
            )
            device = signing_in.remember_new_device(
                write, door, taken, account, trusted=typed and request.remember
            )
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


def _count_typed_code(request: contracts.OpenIdSignInRequest, door: Door, ticket: Ticket) -> Taken:
    """Count a code that is typed as one after a password is; raises TooManyTries."""
    at = now()
    with store.write() as write:
        if request.code:
            taken = sign_in_tries.count_try(write, door, at, ticket.subject)
        else:
            known = known_devices.lock_device_of_secrets(
                write, ticket.subject, door.azp, door.devices, at
            )
            taken = Taken(at, known.digest if known else None)
    sign_in_tries.refuse_try_waiting_in_crowd(taken)
    return taken
