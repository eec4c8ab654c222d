"""Requests of families: their children, their home, who knows and who read."""

from services.dossier.handlers.rights import (
    family,
    guardian_alone,
    guardian_of_child,
    guardian_of_household,
    guardian_of_section,
)
from services.dossier.households.commands import moves
from services.dossier.households.queries import protection, withheld
from services.dossier.overview.queries import completeness as completeness_queries
from services.dossier.overview.queries import guardians as queries
from services.dossier.read_log.queries import exports
from services.dossier.sections import commands as sections
from services.dossier.sections.rules.entered import guardian_content
from services.dossier.sections.rules.projections import affected
from services.dossier.sharing.cards import commands as cards
from services.dossier.sharing.grants.commands import handovers as relays
from services.dossier.sharing.grants.queries import handovers as relays_queries
from services.dossier.sharing.links.commands import guardian_requests as on_request
from services.dossier.sharing.links.commands import links
from services.dossier.sharing.publishing.commands import publisher as telling
from services.dossier.sharing.publishing.queries import told_as_shown
from services.dossier.sharing.queries import reach_now
from services.dossier.store import store
from shared.bus import PORTAL, Service, answers
from shared.contracts.dossier import dossier as contracts
from shared.contracts.dossier import grants as request_contracts
from shared.contracts.dossier import handovers as relay_contracts
from shared.contracts.message import Caller, Empty
from shared.database import Write
from shared.dates.instant import When


class Families(Service):
    """Requests of guardians, who are looked up in the dossier's own tables at each of them."""

    @answers(contracts.my_children, callers=[PORTAL], right=family)
    def my_children(self, _request: Empty, caller: Caller) -> contracts.MyChildrenAnswer:
        with store.read() as read:
            return queries.my_children(read, caller.subject, reach_now().principals, When.now())

    @answers(contracts.read_section, callers=[PORTAL], right=guardian_of_section)
    def read_section(
        self, request: contracts.ReadSectionRequest, caller: Caller
    ) -> contracts.ReadSectionAnswer:
        with store.read() as read:
            return queries.section_as_stored(
                read, request.child_id, request.section, caller.subject
            )

    @answers(contracts.write_section, callers=[PORTAL], right=guardian_of_section)
    def write_section(
        self, write: Write, request: contracts.WriteSectionRequest, caller: Caller
    ) -> contracts.WriteSectionAnswer:
        child_id, section, when = request.child_id, request.section, When.now()
        content = guardian_content(section, request.content)
        by = caller.subject
        telling.lock_children(write, [child_id])
        known = withheld.known_to(write, child_id, section, by)
        shown_version = known.version if known else None
        sections.refuse_outdated(write, child_id, section, request.base_version, shown_version)
        whole = withheld.whole_of(write, child_id, section, known, content) if known else content
        version = sections.keep_section(
            write, child_id, section, whole, by=by, when=when, shown=content
        )
        reach = reach_now()
        targets = telling.targets_of(write, [child_id], affected(section))
        letters = telling.tell(write, reach, targets, when)
        cards.tell_cards_of_children(write, reach, [child_id], when)
        told = {each.target.provider for each in letters}
        if known:
            versions = known.content, content
            told = told_as_shown(write, reach, targets, section, versions, when)
        return contracts.WriteSectionAnswer(
            version=known.version + 1 if known else version,
            told=sorted(protection.providers_told_of(write, child_id, by, told)),
        )

    @answers(contracts.who_knows, callers=[PORTAL], right=guardian_alone)
    def who_knows(
        self, request: contracts.WhoKnowsRequest, caller: Caller
    ) -> contracts.WhoKnowsAnswer:
        with store.read() as read:
            return queries.who_knows(read, request.child_id, caller.subject, When.now())

    @answers(contracts.who_read, callers=[PORTAL], right=guardian_alone)
    def who_read(
        self, request: contracts.WhoReadRequest, caller: Caller
    ) -> contracts.WhoReadAnswer:
        with store.read() as read:
            reads = queries.who_read(read, request.child_id, caller.subject, When.now())
            mine = exports.exports_of(read, request.child_id, caller.subject, When.now())
        return contracts.WhoReadAnswer(reads=reads, exports=mine)

    @answers(contracts.open_link, callers=[PORTAL], right=guardian_of_child)
    def open_link(
        self, write: Write, request: contracts.LinkRequest, _caller: Caller
    ) -> contracts.LinkAnswer:
        link = links.open_link(write, reach_now(), request.child_id, request.provider, When.now())
        return contracts.LinkAnswer(link.version)

    @answers(contracts.close_link, callers=[PORTAL], right=guardian_of_child)
    def close_link(
        self, write: Write, request: contracts.LinkRequest, _caller: Caller
    ) -> contracts.LinkAnswer:
        link = links.close_link(write, reach_now(), request.child_id, request.provider, When.now())
        return contracts.LinkAnswer(link.version)

    @answers(request_contracts.also_tell, callers=[PORTAL], right=guardian_alone)
    def also_tell(
        self, write: Write, request: request_contracts.AlsoTellRequest, caller: Caller
    ) -> Empty:
        by, when = caller.subject, When.now()
        on_request.also_tell(write, reach_now(), request, by=by, when=when)
        return Empty()

    @answers(request_contracts.tell_no_more, callers=[PORTAL], right=guardian_alone)
    def tell_no_more(
        self, write: Write, request: request_contracts.TellNoMoreRequest, caller: Caller
    ) -> Empty:
        by, when = caller.subject, When.now()
        on_request.tell_no_more(write, reach_now(), request, by=by, when=when)
        return Empty()

    @answers(relay_contracts.relays_of, callers=[PORTAL], right=guardian_of_child)
    def relays_of(
        self, request: relay_contracts.RelaysOfRequest, caller: Caller
    ) -> relay_contracts.RelaysOfAnswer:
        with store.read() as read:
            rows = relays_queries.standing(read, request.child_id, caller.subject, When.now())
            return relay_contracts.RelaysOfAnswer([relays_queries.shown(row) for row in rows])

    @answers(relay_contracts.declare_relay, callers=[PORTAL], right=guardian_of_child)
    def declare_relay(
        self, write: Write, request: relay_contracts.DeclareRelayRequest, caller: Caller
    ) -> Empty:
        telling.lock_children(write, [request.child_id])
        by, when = caller.subject, When.now()
        relays.declare(write, reach_now(), request, by=by, when=when)
        return Empty()

    @answers(relay_contracts.end_relay, callers=[PORTAL], right=guardian_of_child)
    def end_relay(
        self, write: Write, request: relay_contracts.EndRelayRequest, caller: Caller
    ) -> Empty:
        telling.lock_children(write, [request.child_id])
        relays.end(write, reach_now(), request, by=caller.subject, when=When.now())
        return Empty()

    @answers(contracts.my_household, callers=[PORTAL], right=guardian_of_household)
    def my_household(
        self, request: contracts.MyHouseholdRequest, _caller: Caller
    ) -> contracts.MyHouseholdAnswer:
        with store.read() as read:
            return queries.my_household(read, request.household_id, When.now())

    @answers(contracts.move_household, callers=[PORTAL], right=guardian_of_household)
    def move_household(
        self, write: Write, request: contracts.MoveHouseholdRequest, caller: Caller
    ) -> contracts.MoveHouseholdAnswer:
        version = moves.move(write, store.register, request, by=caller.subject, when=When.now())
        return contracts.MoveHouseholdAnswer(version)

    @answers(contracts.completeness, callers=[PORTAL], right=guardian_of_child)
    def completeness(
        self, request: contracts.CompletenessRequest, caller: Caller
    ) -> contracts.CompletenessAnswer:
        with store.read() as read:
            activities = completeness_queries.lacking(
                read, store.register, request.child_id, caller.subject, When.now().day
            )
        return contracts.CompletenessAnswer(activities)
