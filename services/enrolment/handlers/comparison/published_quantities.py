"""States on attendance that billing and the dossier store: sheets, places, times per month."""

from collections.abc import Mapping

from sqlalchemy import Select, select, tuple_, union_all
from sqlalchemy.orm import Session

from services.enrolment.attendance.quantities.commands import (
    attendance_sheets,
    importing,
    monthly_counts,
)
from services.enrolment.models import (
    COUNT_SUMS,
    IMPORTED_SUMS,
    PLACE_SUMS,
    ROLL_CALL_SUMS,
    CountVersion,
    ImportedSheet,
    PlaceVersion,
    RollCall,
)
from services.enrolment.places.placing.commands import billing_events
from services.enrolment.store import store
from shared.contracts.enrolment import attendance
from shared.database import Write
from shared.database.comparison.compared_states import (
    Published,
    Route,
    Versions,
    joined_key,
    make_page_reader,
    parts_of_key,
)
from shared.database.comparison.sums_found_equal import KeptSums
from shared.register import Provider

KEY_OF_COUNT = 3
"""Child, activity, month."""


def _select_sheet_versions(_route: Route) -> Select[str, int]:
    closed = select(RollCall.session_id, RollCall.version).where(RollCall.version > 0)
    imported = select(ImportedSheet.session_id, ImportedSheet.version)
    both = union_all(closed, imported).subquery()
    return select(both.c.session_id, both.c.version)


def _sheet_contents(
    read: Session, _route: Route, versions: Versions
) -> Mapping[str, attendance.AttendanceRecorded]:
    return {
        **attendance_sheets.sheets_as_published(read, versions),
        **importing.sheets_as_published(read, versions),
    }


def _publish_sheets(write: Write, _route: Route, versions: Versions) -> None:
    for session_id, version in versions.items():
        if not importing.publish_again(write, session_id, above=version):
            attendance_sheets.publish_again(write, session_id, above=version)


def _select_place_versions(route: Route) -> Select[str, int]:
    """Return the places for which a régie collects: billing stores no other."""
    return select(PlaceVersion.place_id, PlaceVersion.version).where(
        PlaceVersion.version > 0, PlaceVersion.activity.in_(_activities_collected_by_regie(route))
    )


def _kept_sums_of_places(route: Route) -> list[KeptSums]:
    collected = PLACE_SUMS.c.activity.in_(_activities_collected_by_regie(route))
    return [KeptSums(PLACE_SUMS, (collected,), kind="activity")]


def _activities_collected_by_regie(route: Route) -> list[str]:
    """Return the activities for which a régie of the provider collects."""
    provider: Provider | None = store.register.provider_of(route.publisher)
    regies = provider.regies if provider else ()
    return [code for regie in regies for code in regie.activities]


def _place_contents(
    read: Session, _route: Route, versions: Versions
) -> Mapping[str, attendance.PlaceRecorded]:
    rows = read.scalars(select(PlaceVersion).where(PlaceVersion.place_id.in_(versions)))
    kept = [row for row in rows if row.content]
    return {row.place_id: billing_events.event_of_published_place(row) for row in kept}


def _publish_places(write: Write, _route: Route, versions: Versions) -> None:
    for place_id, version in versions.items():
        billing_events.publish_again(write, place_id, above=version)


def _select_count_versions(_route: Route) -> Select[str, str, str, int]:
    key = (CountVersion.child_id, CountVersion.activity, CountVersion.month)
    return select(*key, CountVersion.version).where(CountVersion.version > 0)


def _count_rows(read: Session, keys: Versions) -> list[CountVersion]:
    wanted = tuple_(CountVersion.child_id, CountVersion.activity, CountVersion.month)
    rows = select(CountVersion).where(wanted.in_([parts_of_key(key, KEY_OF_COUNT) for key in keys]))
    return list(read.scalars(rows))


def _count_contents(
    read: Session, _route: Route, versions: Versions
) -> Mapping[str, attendance.ActivityCounted]:
    events = (
        monthly_counts.event_of_published_count(read, row) for row in _count_rows(read, versions)
    )
    return {joined_key(each.child_id, each.activity, each.month): each for each in events if each}


def _publish_counts(write: Write, _route: Route, versions: Versions) -> None:
    for row in _count_rows(write, versions):
        above = versions[joined_key(row.child_id, row.activity, row.month)]
        monthly_counts.publish_again(write, row, above=above)


PUBLISHED = (
    Published(
        attendance.attendance_recorded,
        make_page_reader(_select_sheet_versions),
        _sheet_contents,
        _publish_sheets,
        lambda event: [event.session_id],
        sums=lambda _route: [KeptSums(ROLL_CALL_SUMS), KeptSums(IMPORTED_SUMS)],
    ),
    Published(
        attendance.place_recorded,
        make_page_reader(_select_place_versions),
        _place_contents,
        _publish_places,
        lambda event: [event.place_id],
        apart=frozenset({"version", "group_id"}),
        sums=_kept_sums_of_places,
    ),
    Published(
        attendance.activity_counted,
        make_page_reader(_select_count_versions, columns=KEY_OF_COUNT),
        _count_contents,
        _publish_counts,
        lambda event: [joined_key(event.child_id, event.activity, event.month)],
        apart=frozenset({"version", "label", "school_year"}),
        sums=lambda _route: [KeptSums(COUNT_SUMS, kind="activity")],
    ),
)
