"""Accesses to a child's week: granted by a guardian alone, answered by the person itself."""

from services.dossier.handlers.caller_rights import family_without_agent, guardian_without_agent
from services.dossier.sharing.grants.queries import trusted_person_accesses as queries
from services.dossier.sharing.links.commands import trusted_person_accesses
from services.dossier.sharing.queries.current_access_policy import current_policy
from services.dossier.store import store
from shared.bus import IDENTITY, PORTAL, Service, answers, subscribes
from shared.contracts.dossier.families import trusted_person_accesses as contracts
from shared.contracts.identity import accounts
from shared.contracts.message import Caller, Delivery, Empty
from shared.contracts.values import OfChild
from shared.database import Write
from shared.dates.instant import Instant


class CarerAccesses(Service):
    """No answer shows whether somebody has an account."""

    @answers(contracts.grant_access, callers=[PORTAL], right=guardian_without_agent)
    def grant_access(
        self, write: Write, request: contracts.GrantAccessRequest, caller: Caller
    ) -> Empty:
        trusted_person_accesses.grant_access(write, request, by=caller.subject, when=Instant.now())
        return Empty()

    @answers(contracts.accesses_of, callers=[PORTAL], right=guardian_without_agent)
    def accesses_of(self, request: OfChild, caller: Caller) -> contracts.AccessesOfAnswer:
        with store.read() as read:
            day = Instant.now().day
            return contracts.AccessesOfAnswer(
                accesses=queries.accesses_with_names(read, request.child_id, caller.subject, day),
                in_care=queries.is_placement_shown(read, request.child_id, day),
            )

    @answers(contracts.end_access, callers=[PORTAL], right=guardian_without_agent)
    def end_access(
        self, write: Write, request: contracts.EndAccessRequest, caller: Caller
    ) -> Empty:
        by, when = caller.subject, Instant.now()
        trusted_person_accesses.end_access(write, current_policy(), request, by=by, when=when)
        return Empty()

    @answers(contracts.offered_accesses, callers=[PORTAL], right=family_without_agent)
    def offered_accesses(self, _request: Empty, caller: Caller) -> contracts.OfferedAccessesAnswer:
        with store.read() as read:
            return contracts.OfferedAccessesAnswer(
                queries.offered_accesses(read, caller.subject, Instant.now().day)
            )

    @answers(contracts.answer_access, callers=[PORTAL], right=family_without_agent)
    def answer_access(
        self, write: Write, request: contracts.AnswerAccessRequest, caller: Caller
    ) -> Empty:
        by, when = caller.subject, Instant.now()
        trusted_person_accesses.answer_access(write, current_policy(), request, by=by, when=when)
        return Empty()

    @subscribes(accounts.access_holder_found, sources=[IDENTITY])
    def on_access_holder_found(
        self, write: Write, event: accounts.AccessHolderFound, _delivery: Delivery
    ) -> None:
        """Offer the access under the account that identity found or made for its address."""
        trusted_person_accesses.offer_access(write, event.access_id, event.subject, Instant.now())
