"""States on the offer at portal and billing: activities, schools, tariffs, residences, food."""

from collections.abc import Mapping

from sqlalchemy import Select, literal, select
from sqlalchemy.orm import Session as Database

from services.enrolment.models import (
    Activity,
    FoodAnnounced,
    ResidenceClasses,
    School,
    Session,
    Tariff,
    WaiverMotives,
)
from services.enrolment.offer.commands import food_announcements
from services.enrolment.offer.commands import publishing as offer
from services.enrolment.offer.tariffs.commands import publishing as prices
from services.enrolment.offer.tariffs.queries import ONLY
from services.enrolment.school_year.enrolments.commands import catchment_waivers
from services.enrolment.school_year.enrolments.queries.catchment_waivers import ONLY as ONLY_MOTIVES
from services.enrolment.school_year.schools.commands import publishing as schools
from shared.contracts.enrolment import tariffs
from shared.contracts.enrolment.places import published_offer
from shared.contracts.enrolment.school_year.schools import (
    WAIVER_MOTIVES,
    SchoolPublished,
    WaiverMotivesPublished,
    school_published,
    waiver_motives_published,
)
from shared.contracts.enrolment.sharing import food_on_occasion
from shared.database import Write
from shared.database.comparison.compared_states import (
    AGAIN,
    Published,
    Route,
    Versions,
    make_page_reader,
)
from shared.dates.clock import now, today


def _select_activity_versions(_route: Route) -> Select[str, int]:
    return select(Activity.id, Activity.version).where(Activity.version > 0)


def _activity_contents(
    read: Database, _route: Route, versions: Versions
) -> Mapping[str, published_offer.ActivityPublished]:
    rows = read.scalars(select(Activity).where(Activity.id.in_(versions)))
    events = {row.id: offer.activity_as_published(read, row) for row in rows}
    return {key: event for key, event in events.items() if event is not None}


def _publish_activities(write: Write, _route: Route, versions: Versions) -> None:
    for activity_id, version in versions.items():
        row = write.get(Activity, activity_id, with_for_update=True)
        if row is not None and row.version:
            row.version, row.published = max(row.version, version), AGAIN
            write.flush()
            offer.publish_activity(write, activity_id)


def _select_tariff_versions(_route: Route) -> Select[str, int]:
    return select(Tariff.code, Tariff.version).where(Tariff.version > 0)


def _tariff_contents(
    read: Database, _route: Route, versions: Versions
) -> Mapping[str, tariffs.TariffPublished]:
    rows = read.scalars(select(Tariff).where(Tariff.code.in_(versions)))
    return {row.code: prices.event_of_tariff(row) for row in rows if prices.is_row_published(row)}


def _publish_tariffs(write: Write, _route: Route, versions: Versions) -> None:
    for code, version in versions.items():
        row = write.get(Tariff, code, with_for_update=True)
        if row is not None and row.version:
            row.version, row.published_digest = max(row.version, version), AGAIN
            prices.publish_tariff(write, row)


def _select_residences_version(_route: Route) -> Select[str, int]:
    key = literal(tariffs.RESIDENCES).label("key")
    return select(key, ResidenceClasses.version).where(ResidenceClasses.version > 0)


def _residences_contents(
    read: Database, _route: Route, _versions: Versions
) -> Mapping[str, tariffs.ResidencesPublished]:
    row = read.get(ResidenceClasses, ONLY)
    if row is None or not prices.is_row_published(row):
        return {}
    return {tariffs.RESIDENCES: prices.event_of_residences(row)}


def _publish_residence_classes(write: Write, _route: Route, versions: Versions) -> None:
    row = write.get(ResidenceClasses, ONLY, with_for_update=True)
    if row is not None and row.version:
        row.version, row.published_digest = (
            max(row.version, versions.get(tariffs.RESIDENCES, 0)),
            AGAIN,
        )
        prices.publish_residences(write, row)


def _select_school_versions(_route: Route) -> Select[str, int]:
    return select(School.id, School.version).where(School.version > 0)


def _school_contents(
    read: Database, _route: Route, versions: Versions
) -> Mapping[str, SchoolPublished]:
    rows = read.scalars(select(School).where(School.id.in_(versions)))
    events = {row.id: schools.school_as_published(read, row) for row in rows}
    return {key: event for key, event in events.items() if event is not None}


def _publish_schools(write: Write, _route: Route, versions: Versions) -> None:
    for school_id, version in versions.items():
        row = write.get(School, school_id, with_for_update=True)
        if row is not None and row.version:
            row.version, row.published = max(row.version, version), AGAIN
            write.flush()
            schools.publish_school(write, school_id)


def _select_motives_version(_route: Route) -> Select[str, int]:
    key = literal(WAIVER_MOTIVES).label("key")
    return select(key, WaiverMotives.version).where(WaiverMotives.version > 0)


def _motive_contents(
    read: Database, _route: Route, _versions: Versions
) -> Mapping[str, WaiverMotivesPublished]:
    event = catchment_waivers.motives_as_published(read)
    return {} if event is None else {WAIVER_MOTIVES: event}


def _publish_motives(write: Write, _route: Route, versions: Versions) -> None:
    row = write.get(WaiverMotives, ONLY_MOTIVES, with_for_update=True)
    if row is not None and row.version:
        row.version, row.published = max(row.version, versions.get(WAIVER_MOTIVES, 0)), AGAIN
        write.flush()
        catchment_waivers.publish_motives(write, row)


def _select_food_event_versions(_route: Route) -> Select[str, int]:
    ahead = select(FoodAnnounced.session_id, FoodAnnounced.version).join(
        Session, Session.id == FoodAnnounced.session_id
    )
    return ahead.where(FoodAnnounced.version > 0, Session.day >= today())


def _food_contents(
    read: Database, _route: Route, versions: Versions
) -> Mapping[str, food_on_occasion.FoodAnnounced]:
    rows = read.execute(
        select(FoodAnnounced, Session.day)
        .join(Session, Session.id == FoodAnnounced.session_id)
        .where(FoodAnnounced.session_id.in_(versions))
    )
    return {
        row.session_id: food_announcements.event_of_food_at_session(row, day) for row, day in rows
    }


def _publish_food(write: Write, _route: Route, versions: Versions) -> None:
    for session_id, version in versions.items():
        food_announcements.republish_food(write, session_id, now(), above=version)


PUBLISHED = (
    Published(
        published_offer.activity_published,
        make_page_reader(_select_activity_versions),
        _activity_contents,
        _publish_activities,
        lambda event: [event.activity_id],
    ),
    Published(
        tariffs.tariff_published,
        make_page_reader(_select_tariff_versions),
        _tariff_contents,
        _publish_tariffs,
        lambda event: [event.tariff],
    ),
    Published(
        tariffs.residences_published,
        make_page_reader(_select_residences_version),
        _residences_contents,
        _publish_residence_classes,
        lambda _event: [tariffs.RESIDENCES],
    ),
    Published(
        school_published,
        make_page_reader(_select_school_versions),
        _school_contents,
        _publish_schools,
        lambda event: [event.school_id],
    ),
    Published(
        waiver_motives_published,
        make_page_reader(_select_motives_version),
        _motive_contents,
        _publish_motives,
        lambda _event: [WAIVER_MOTIVES],
    ),
    Published(
        food_on_occasion.food_announced,
        make_page_reader(_select_food_event_versions),
        _food_contents,
        _publish_food,
        lambda event: [event.session_id],
    ),
)
