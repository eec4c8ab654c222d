"""Cards of guardians, who was corrected, households for bills, record holds, handovers."""

from collections.abc import Mapping

from sqlalchemy import Select, exists, or_, select
from sqlalchemy.orm import Session

from services.dossier.households.commands import corrections_for_identity, households_for_billing
from services.dossier.models import (
    CARD_SUMS,
    HOUSEHOLD_SUMS,
    Guardian,
    GuardianCard,
    GuardianVersion,
    Handover,
    HouseholdVersion,
    Link,
    RecordHold,
)
from services.dossier.safeguarding.commands import files_held_after_death
from services.dossier.sharing.grants.commands import declared_service_handovers
from services.dossier.sharing.guardian_cards import commands as cards
from services.dossier.sharing.queries.current_access_policy import current_policy
from shared.contracts.dossier import guardians
from shared.contracts.dossier.families import household_adults, safeguarding
from shared.contracts.dossier.sharing import handovers_between_services as handover_contracts
from shared.database import Write
from shared.database.comparison.compared_states import (
    AGAIN,
    Published,
    Route,
    Versions,
    make_page_reader,
)
from shared.database.comparison.sums_found_equal import KeptSums
from shared.database.tables.validity import not_ended_before_condition
from shared.dates.clock import today
from shared.dates.instant import Instant


def _select_card_versions(_route: Route) -> Select[str, int]:
    return select(GuardianCard.guardian_id, GuardianCard.version).where(GuardianCard.version > 0)


def _card_contents(
    read: Session, _route: Route, versions: Versions
) -> Mapping[str, guardians.GuardianCard]:
    return cards.cards_as_published(read, current_policy(), versions, Instant.now())


def _publish_cards(write: Write, _route: Route, versions: Versions) -> None:
    for guardian_id, version in versions.items():
        row = write.get(GuardianCard, guardian_id, with_for_update=True)
        if row is not None:
            row.version, row.digest = max(row.version, version), AGAIN
    write.flush()
    cards.publish_cards(write, current_policy(), versions.keys(), Instant.now())


def _select_household_versions(_route: Route) -> Select[str, int]:
    key = HouseholdVersion.household_id
    return select(key, HouseholdVersion.version).where(HouseholdVersion.version > 0)


def _household_contents(
    read: Session, _route: Route, versions: Versions
) -> Mapping[str, guardians.HouseholdChanged]:
    return households_for_billing.households_as_published(read, versions, Instant.now())


def _publish_households(write: Write, _route: Route, versions: Versions) -> None:
    for household_id, version in versions.items():
        row = write.get(HouseholdVersion, household_id, with_for_update=True)
        if row is not None:
            row.version, row.digest = max(row.version, version), AGAIN
    write.flush()
    households_for_billing.publish_households(write, versions.keys(), Instant.now())


def _select_record_hold_versions(route: Route) -> Select[str, int]:
    """
    Return the holds that a principal receives: a provider, of children that it has or had.

    Its link is looked for by each hold: among all of them SQLite would list every link first.
    """
    query = select(RecordHold.child_id, RecordHold.version)
    if route.subscriber == files_held_after_death.BILLING:
        return query
    provider = _provider_of_subscriber(route)
    return query.where(
        exists().where(Link.child_id == RecordHold.child_id, Link.provider == provider)
    )


def _record_hold_contents(
    read: Session, route: Route, versions: Versions
) -> Mapping[str, safeguarding.FileHeld]:
    rows = read.scalars(select(RecordHold).where(RecordHold.child_id.in_(versions)))
    to = route.subscriber
    return {
        row.child_id: files_held_after_death.event_of_record_hold(read, row, to, Instant.now())
        for row in rows
    }


def _publish_record_holds(write: Write, _route: Route, versions: Versions) -> None:
    for child_id, version in versions.items():
        files_held_after_death.publish_record_hold_again(
            write, current_policy(), child_id, version, Instant.now()
        )


def _select_handover_versions(route: Route) -> Select[str, int]:
    provider = _provider_of_subscriber(route)
    open_link = (Link.provider == provider, Link.closed_at.is_(None))
    return select(Handover.id, Handover.version).where(
        or_(Handover.from_provider == provider, Handover.to_provider == provider),
        Handover.ended_at.is_(None),
        not_ended_before_condition(Handover.valid_to, today()),
        exists().where(Link.child_id == Handover.child_id, *open_link),
    )


def _handover_contents(
    read: Session, route: Route, versions: Versions
) -> Mapping[str, handover_contracts.HandoverDeclared]:
    rows = read.scalars(select(Handover).where(Handover.id.in_(versions)))
    provider = _provider_of_subscriber(route)
    return {
        row.id: declared_service_handovers.event_of_service_handover(row, provider) for row in rows
    }


def _publish_handovers(write: Write, _route: Route, versions: Versions) -> None:
    for handover_id, version in versions.items():
        declared_service_handovers.publish_service_handover_again(
            write, current_policy(), handover_id, above=version
        )


def _provider_of_subscriber(route: Route) -> str:
    return current_policy().provider_of(route.subscriber)


def _select_guardian_versions(_route: Route) -> Select[str, int]:
    return select(GuardianVersion.guardian_id, GuardianVersion.version)


def _corrected_guardian_contents(
    read: Session, _route: Route, versions: Versions
) -> Mapping[str, household_adults.GuardianCorrected]:
    rows = read.execute(
        select(Guardian, GuardianVersion)
        .join(GuardianVersion, GuardianVersion.guardian_id == Guardian.id)
        .where(Guardian.id.in_(versions))
    )
    return {
        adult.id: corrections_for_identity.event_of_corrected_guardian(adult, row, Instant.now())
        for adult, row in rows
    }


def _publish_corrected_guardians(write: Write, _route: Route, versions: Versions) -> None:
    for guardian_id, version in versions.items():
        corrections_for_identity.publish_guardian_again(write, guardian_id, version, Instant.now())


PUBLISHED = (
    Published(
        household_adults.guardian_corrected,
        make_page_reader(_select_guardian_versions),
        _corrected_guardian_contents,
        _publish_corrected_guardians,
        lambda event: [event.guardian_id],
    ),
    Published(
        guardians.guardian_card,
        make_page_reader(_select_card_versions),
        _card_contents,
        _publish_cards,
        lambda event: [event.subject],
        sums=lambda _route: [KeptSums(CARD_SUMS)],
    ),
    Published(
        guardians.household_changed,
        make_page_reader(_select_household_versions),
        _household_contents,
        _publish_households,
        lambda event: [event.household_id],
        sums=lambda _route: [KeptSums(HOUSEHOLD_SUMS)],
    ),
    Published(
        safeguarding.file_held,
        make_page_reader(_select_record_hold_versions),
        _record_hold_contents,
        _publish_record_holds,
        lambda event: [event.child_id],
    ),
    Published(
        handover_contracts.handover_declared,
        make_page_reader(_select_handover_versions),
        _handover_contents,
        _publish_handovers,
        lambda event: [event.relay_id],
        apart=frozenset({"version"}),  # `at` is the hour of the day at which a child passes
    ),
)
