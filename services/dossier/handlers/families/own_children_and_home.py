"""Requests of families: their children, their home, who knows and who read."""

from services.dossier.handlers.caller_rights import (
    family,
    guardian_of_child,
    guardian_of_household,
    guardian_of_section,
    guardian_without_agent,
)
from services.dossier.households.commands import moves_to_new_address
from services.dossier.households.queries import contacts_withheld_from_home, protection
from services.dossier.households.queries.guardianships import children_living_in
from services.dossier.households.queries.ids_of_joined_files import refuse_joined_file
from services.dossier.overview.queries import completeness as completeness_queries
from services.dossier.overview.queries import guardian_view as guardian_queries
from services.dossier.read_log.queries import history_exports
from services.dossier.sections import commands as sections
from services.dossier.sections.queries import version_and_presence_of_section
from services.dossier.sections.rules.guardian_content import checked_guardian_content
from services.dossier.sections.rules.projections import affected_projections
from services.dossier.sharing.grants.commands import declared_service_handovers
from services.dossier.sharing.grants.queries import handovers_between_services as handover_queries
from services.dossier.sharing.guardian_cards import commands as cards
from services.dossier.sharing.guardian_cards import queries as cards_queries
from services.dossier.sharing.links.commands import guardian_grants, provider_links
from services.dossier.sharing.publishing.commands import projection_publisher
from services.dossier.sharing.publishing.queries.contents_and_recipients import (
    recipients_of_shown_content,
)
from services.dossier.sharing.queries.current_access_policy import current_policy
from services.dossier.sharing.rules.access_policy import AccessPolicy
from services.dossier.store import store
from shared.bus import PORTAL, Service, answers
from shared.contracts.dossier import guardians as contracts
from shared.contracts.dossier.sharing import grants as grant_contracts
from shared.contracts.dossier.sharing import handovers_between_services as handover_contracts
from shared.contracts.message import Caller, Empty
from shared.contracts.sections.section import Content
from shared.contracts.values import OfChild, OfHousehold
from shared.database import Write
from shared.dates.instant import Instant
from shared.register.entitlement import RESIDENCE


class Families(Service):
    """Requests of guardians, who are looked up in the dossier's own tables at each of them."""

    @answers(contracts.my_children, callers=[PORTAL], right=family)
    def my_children(self, _request: Empty, caller: Caller) -> contracts.MyChildrenAnswer:
        with store.read() as read:
            return guardian_queries.my_children(
                read, caller.subject, current_policy().principals, Instant.now()
            )

    @answers(contracts.read_section, callers=[PORTAL], right=guardian_of_section)
    def read_section(
        self, request: contracts.ReadSectionRequest, caller: Caller
    ) -> contracts.ReadSectionAnswer:
        with store.read() as read:
            return guardian_queries.section_for_guardian(
                read, request.child_id, request.section, caller.subject
            )

    @answers(contracts.write_section, callers=[PORTAL], right=guardian_of_section)
    def write_section(
        self, write: Write, request: contracts.WriteSectionRequest, caller: Caller
    ) -> contracts.WriteSectionAnswer:
        child_id, section, when = request.child_id, request.section, Instant.now()
        policy = current_policy()
        content = checked_guardian_content(section, request.content, policy.offered)
        by = caller.subject
        projection_publisher.lock_children(write, [child_id])
        refuse_joined_file(write, child_id)
        homes = protection.protected_homes_of(write, [child_id]).get(child_id, ())
        known = contacts_withheld_from_home.content_known_given_homes(
            write, child_id, section, by, homes
        )
        stored = version_and_presence_of_section(write, child_id, section)
        sections.refuse_outdated_version(
            write,
            child_id,
            section,
            request.base_version,
            known.version if known else stored.version,
        )
        whole = content
        if known:
            whole = contacts_withheld_from_home.merge_with_withheld(
                write, child_id, section, known, content
            )
        shows_on_cards = cards_queries.may_change_cards(
            section, homes, has_content=stored.has_content
        )
        version = sections.store_section(
            write,
            child_id,
            section,
            whole,
            by=by,
            when=when,
            shown=content,
            home=contacts_withheld_from_home.home_of_author(write, child_id, by),
            stored=stored.version,
        )
        shown = (known.content, content) if known else None
        recipients = _publish_written_section(write, policy, child_id, section, shown, when)
        if shows_on_cards:
            cards.publish_cards_of_children(write, policy, [child_id], when)
        view = protection.view_given_protected_homes(write, by, homes)
        return contracts.WriteSectionAnswer(
            version=known.version + 1 if known else version,
            recipients=sorted(protection.recipients_in_view(write, child_id, view, recipients)),
        )

    @answers(contracts.who_knows, callers=[PORTAL], right=guardian_without_agent)
    def who_knows(self, request: OfChild, caller: Caller) -> contracts.WhoKnowsAnswer:
        with store.read() as read:
            return guardian_queries.who_knows(read, request.child_id, caller.subject, Instant.now())

    @answers(contracts.who_read, callers=[PORTAL], right=guardian_without_agent)
    def who_read(self, request: OfChild, caller: Caller) -> contracts.WhoReadAnswer:
        with store.read() as read:
            reads = guardian_queries.who_read(read, request.child_id, caller.subject, Instant.now())
            mine = history_exports.history_exports_of_guardian(
                read, request.child_id, caller.subject, Instant.now()
            )
        return contracts.WhoReadAnswer(reads=reads, exports=mine)

    @answers(contracts.open_link, callers=[PORTAL], right=guardian_of_child)
    def open_link(
        self, write: Write, request: contracts.LinkRequest, caller: Caller
    ) -> contracts.LinkAnswer:
        asked, when, by = (request.child_id, request.provider), Instant.now(), caller.subject
        link = provider_links.link_child_to_provider(write, current_policy(), *asked, when, by=by)
        return contracts.LinkAnswer(link.version)

    @answers(contracts.close_link, callers=[PORTAL], right=guardian_of_child)
    def close_link(
        self, write: Write, request: contracts.LinkRequest, caller: Caller
    ) -> contracts.LinkAnswer:
        asked, when, by = (request.child_id, request.provider), Instant.now(), caller.subject
        link = provider_links.close_link(write, current_policy(), *asked, when, by=by)
        return contracts.LinkAnswer(link.version, waits=link.end_asked_by is not None)

    @answers(grant_contracts.grant_projection, callers=[PORTAL], right=guardian_without_agent)
    def grant_projection(
        self, write: Write, request: grant_contracts.GrantProjectionRequest, caller: Caller
    ) -> Empty:
        by, when = caller.subject, Instant.now()
        guardian_grants.grant_projection(write, current_policy(), request, by=by, when=when)
        return Empty()

    @answers(grant_contracts.end_grant, callers=[PORTAL], right=guardian_without_agent)
    def end_grant(
        self, write: Write, request: grant_contracts.EndGrantRequest, caller: Caller
    ) -> Empty:
        by, when = caller.subject, Instant.now()
        guardian_grants.end_grant(write, current_policy(), request, by=by, when=when)
        return Empty()

    @answers(handover_contracts.handovers_of, callers=[PORTAL], right=guardian_of_child)
    def handovers_of(
        self, request: OfChild, caller: Caller
    ) -> handover_contracts.HandoversOfAnswer:
        with store.read() as read:
            rows = handover_queries.service_handovers_in_force(
                read, request.child_id, caller.subject, Instant.now()
            )
            return handover_contracts.HandoversOfAnswer(
                [handover_queries.service_handover_as_shown(row) for row in rows]
            )

    @answers(handover_contracts.declare_handover, callers=[PORTAL], right=guardian_of_child)
    def declare_handover(
        self, write: Write, request: handover_contracts.DeclareHandoverRequest, caller: Caller
    ) -> Empty:
        projection_publisher.lock_children(write, [request.child_id])
        by, when = caller.subject, Instant.now()
        declared_service_handovers.declare_service_handover(
            write, current_policy(), request, by=by, when=when
        )
        return Empty()

    @answers(handover_contracts.end_handover, callers=[PORTAL], right=guardian_of_child)
    def end_handover(
        self, write: Write, request: handover_contracts.EndHandoverRequest, caller: Caller
    ) -> Empty:
        projection_publisher.lock_children(write, [request.child_id])
        declared_service_handovers.end_service_handover(
            write, current_policy(), request, by=caller.subject, when=Instant.now()
        )
        return Empty()

    @answers(contracts.my_household, callers=[PORTAL], right=guardian_of_household)
    def my_household(self, request: OfHousehold, _caller: Caller) -> contracts.MyHouseholdAnswer:
        with store.read() as read:
            return guardian_queries.my_household(read, request.household_id, Instant.now())

    @answers(contracts.move_household, callers=[PORTAL], right=guardian_of_household)
    def move_household(
        self, write: Write, request: contracts.MoveHouseholdRequest, caller: Caller
    ) -> contracts.MoveHouseholdAnswer:
        when, policy = Instant.now(), current_policy()
        version = moves_to_new_address.move_household(
            write, store.register, request, by=caller.subject, when=when
        )
        living = children_living_in(write, request.household_id)
        moved = projection_publisher.targets_at_linked_providers(write, living, [RESIDENCE])
        projection_publisher.publish_changes(write, policy, moved, when, quiet=True)
        return contracts.MoveHouseholdAnswer(version)

    @answers(contracts.completeness, callers=[PORTAL], right=guardian_of_child)
    def completeness(self, request: OfChild, caller: Caller) -> contracts.CompletenessAnswer:
        with store.read() as read:
            activities = completeness_queries.missing_by_activity(
                read, store.register, request.child_id, caller.subject, Instant.now().day
            )
        return contracts.CompletenessAnswer(activities)


def _publish_written_section(
    write: Write,
    policy: AccessPolicy,
    child_id: str,
    section: str,
    shown: tuple[Content, Content] | None,
    when: Instant,
) -> set[str]:
    """
    Publish what providers receive of a section; return those who received something new.

    `shown` is what the writer saw before and after, where other homes' entries were withheld: who
    received is then said by it alone.
    """
    targets = projection_publisher.targets_at_linked_providers(
        write, [child_id], affected_projections(section)
    )
    letters = projection_publisher.publish_changes(write, policy, targets, when)
    if shown:
        return recipients_of_shown_content(write, policy, targets, section, shown, when)
    return {each.target.provider for each in letters}
