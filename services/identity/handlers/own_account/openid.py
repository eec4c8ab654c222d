"""A person links its own account with an identity at the town's OpenID provider, and unlinks it."""

from services.identity.accounts import queries
from services.identity.accounts.rules.account_kinds import FAMILY
from services.identity.handlers.caller_rights import person_itself
from services.identity.openid import commands
from services.identity.openid.client.door import openid_door_of_principal
from services.identity.openid.queries import link_of_account
from services.identity.openid.rules import claims as rules
from services.identity.second_factors.commands import change_record
from services.identity.sessions.commands import signing_in
from services.identity.store import store
from shared.bus import FRONT_DESK, PORTAL, PROVIDERS, Service, answers
from shared.contracts.identity import openid as contracts
from shared.contracts.identity.own_account.second_factors import (
    OPENID_LINKED,
    OPENID_UNLINKED,
    FactorRequest,
)
from shared.contracts.identity.sign_ins import SessionRequest
from shared.contracts.message import Caller, Empty
from shared.database import Write
from shared.dates.clock import now


class OwnOpenId(Service):
    """Only the person, signed in otherwise: no identity opens or finds an account by itself."""

    @answers(
        contracts.begin_openid_link, callers=[PORTAL, PROVIDERS, FRONT_DESK], right=person_itself
    )
    def begin_openid_link(self, request: SessionRequest, caller: Caller) -> contracts.OpenIdBegun:
        door = openid_door_of_principal(self.settings, caller.principal)
        with store.write() as write:
            secret = commands.begin_round_trip(
                write, now(), subject=caller.subject, session=request.session
            )
        return door.begin(secret, linking=True)

    @answers(contracts.link_openid, callers=[PORTAL, PROVIDERS, FRONT_DESK], right=person_itself)
    def link_openid(self, request: contracts.LinkOpenIdRequest, caller: Caller) -> Empty:
        door = openid_door_of_principal(self.settings, caller.principal)
        own = {"subject": caller.subject, "session": request.session}
        with store.write() as write:
            begun = commands.end_round_trip(write, request.secret, now(), **own)
        known = door.ask_who_came(request, begun, linking=True)
        with store.write() as write:
            account = queries.lock_account(write, caller.subject)
            # The provider took its time: what has ended the session meanwhile would end the link.
            signing_in.start_of_open_session(
                write, account, request.session, caller.principal, now()
            )
            if account.kind == FAMILY and not rules.is_same_person_by_name(
                account.name, known.claims
            ):
                raise contracts.OpenIdNotLinkable(reason="name")
            digest = rules.digest_of_identity(door.provider, known.claims)
            commands.link_account(write, account, digest, now())
            change_record.note_own_change(write, caller, OPENID_LINKED, request.devices)
        return Empty()

    @answers(contracts.unlink_openid, callers=[PORTAL, PROVIDERS, FRONT_DESK], right=person_itself)
    def unlink_openid(self, write: Write, request: FactorRequest, caller: Caller) -> Empty:
        account = queries.lock_account(write, caller.subject)
        if commands.unlink_account(write, account.subject):
            change_record.note_own_change(write, caller, OPENID_UNLINKED, request.devices)
        return Empty()

    @answers(contracts.my_openid_link, callers=[PORTAL, PROVIDERS, FRONT_DESK], right=person_itself)
    def my_openid_link(self, _request: Empty, caller: Caller) -> contracts.OpenIdLinkAnswer:
        with store.read() as read:
            link = link_of_account(read, caller.subject)
            return contracts.OpenIdLinkAnswer(link.linked_at if link else None)
