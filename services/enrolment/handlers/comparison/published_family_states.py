"""States on families that portal and dossier store: cards, notices, activities of children."""

from collections.abc import Mapping

from sqlalchemy import Select, literal, select
from sqlalchemy.orm import Session

from services.enrolment.families.commands import notices
from services.enrolment.family_cards import commands as cards
from services.enrolment.models import (
    ACTIVITIES_SUMS,
    CARD_SUMS,
    ActivitiesTaken,
    CardVersion,
    NoticeSent,
)
from services.enrolment.places.placing.commands import activities_taken as taken
from shared.contracts.enrolment.places import family_cards
from shared.contracts.enrolment.sharing import activities_taken
from shared.database import Write
from shared.database.comparison.compared_states import (
    AGAIN,
    NEWS_COMPARED,
    Published,
    Route,
    Versions,
    joined_key,
    make_page_reader,
    parts_of_key,
)
from shared.database.comparison.sums_found_equal import KeptSums
from shared.dates.clock import now, today


def _select_card_versions(_route: Route) -> Select[str, int]:
    return select(CardVersion.household_id, CardVersion.version).where(CardVersion.version > 0)


def _card_contents(
    read: Session, _route: Route, versions: Versions
) -> Mapping[str, family_cards.FamilyCard]:
    return cards.cards_as_published(read, versions, today(), now())


def _publish_cards(write: Write, _route: Route, versions: Versions) -> None:
    for household_id, version in versions.items():
        row = write.get(CardVersion, household_id, with_for_update=True)
        if row is not None and row.version:
            row.version, row.digest = max(row.version, version), AGAIN
    cards.publish_changed_cards(write, versions, now())


def _select_notice_versions(_route: Route) -> Select[str, str, int]:
    lately = NoticeSent.sent_at > now() - NEWS_COMPARED
    return select(NoticeSent.household_id, NoticeSent.key, literal(1)).where(lately)


def _notice_contents(
    read: Session, _route: Route, versions: Versions
) -> Mapping[str, family_cards.Notice]:
    sent = notices.sent_notices(read, [parts_of_key(key, 2) for key in versions])
    return {joined_key(event.household_id, event.key): event for event in sent}


def _publish_notices(write: Write, _route: Route, versions: Versions) -> None:
    notices.publish_again(write, [parts_of_key(key, 2) for key in versions])


def _select_activities_versions(_route: Route) -> Select[str, int]:
    return select(ActivitiesTaken.child_id, ActivitiesTaken.version).where(
        ActivitiesTaken.version > 0
    )


def _activities_contents(
    read: Session, _route: Route, versions: Versions
) -> Mapping[str, activities_taken.ActivitiesTaken]:
    return taken.activities_as_published(read, versions, now())


def _publish_activities(write: Write, _route: Route, versions: Versions) -> None:
    for child_id, version in versions.items():
        row = write.get(ActivitiesTaken, child_id, with_for_update=True)
        if row is not None and row.version:
            row.version, row.published = max(row.version, version), [AGAIN]
    taken.publish_changed_activities(write, versions, now())


PUBLISHED = (
    Published(
        family_cards.family_card,
        make_page_reader(_select_card_versions),
        _card_contents,
        _publish_cards,
        lambda event: [event.household_id],
        sums=lambda _route: [KeptSums(CARD_SUMS)],
    ),
    Published(
        family_cards.notice,
        make_page_reader(_select_notice_versions, columns=2),
        _notice_contents,
        _publish_notices,
        lambda event: [joined_key(event.household_id, event.key)],
        apart=frozenset(),
    ),
    Published(
        activities_taken.activities_taken,
        make_page_reader(_select_activities_versions),
        _activities_contents,
        _publish_activities,
        lambda event: [event.child_id],
        sums=lambda _route: [KeptSums(ACTIVITIES_SUMS)],
    ),
)
