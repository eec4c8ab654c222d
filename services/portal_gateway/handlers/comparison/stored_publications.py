"""Offers, schools, tariffs, residence classes, as their providers publish them for all."""

import json
from collections.abc import Collection, Iterator

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from services.portal_gateway.handlers.comparison.provider_code_of_principal import code_of_provider
from services.portal_gateway.models import (
    Activity,
    PublishedMotives,
    PublishedResidences,
    PublishedTariff,
)
from shared.contracts.enrolment import tariffs
from shared.contracts.enrolment.places import published_offer
from shared.contracts.enrolment.school_year import schools
from shared.database import Write
from shared.database.comparison.compared_states import Stored, StoredState
from shared.json_values import JsonMapping
from shared.town.schools.replica import SCHOOLS


def _stored_activities(read: Session, source: str) -> Iterator[StoredState]:
    for row in read.scalars(select(Activity).where(Activity.provider == code_of_provider(source))):
        content = {"activity_id": row.activity_id, "content": _parse_or_none(row.content)}
        yield StoredState(row.activity_id, row.version, content, ended=row.content is None)


def _delete_activities(write: Write, source: str, keys: Collection[str]) -> None:
    theirs = (Activity.provider == code_of_provider(source), Activity.activity_id.in_(keys))
    write.execute(delete(Activity).where(*theirs))


def _stored_tariffs(read: Session, source: str) -> Iterator[StoredState]:
    mine = PublishedTariff.provider == code_of_provider(source)
    for row in read.scalars(select(PublishedTariff).where(mine)):
        content = {"tariff": row.tariff, "content": _parse_or_none(row.content)}
        yield StoredState(row.tariff, row.version, content, ended=row.content is None)


def _delete_tariffs(write: Write, source: str, keys: Collection[str]) -> None:
    theirs = (
        PublishedTariff.provider == code_of_provider(source),
        PublishedTariff.tariff.in_(keys),
    )
    write.execute(delete(PublishedTariff).where(*theirs))


def _stored_residence_classes(read: Session, source: str) -> Iterator[StoredState]:
    row = read.get(PublishedResidences, code_of_provider(source))
    if row is not None:
        yield StoredState(tariffs.RESIDENCES, row.version, _parse_or_none(row.content) or {})


def _delete_residence_classes(write: Write, source: str, _keys: Collection[str]) -> None:
    mine = PublishedResidences.provider == code_of_provider(source)
    write.execute(delete(PublishedResidences).where(mine))


def _stored_waiver_motives(read: Session, source: str) -> Iterator[StoredState]:
    row = read.get(PublishedMotives, code_of_provider(source))
    if row is not None:
        yield StoredState(schools.WAIVER_MOTIVES, row.version, _parse_or_none(row.content) or {})


def _delete_waiver_motives(write: Write, source: str, _keys: Collection[str]) -> None:
    write.execute(
        delete(PublishedMotives).where(PublishedMotives.provider == code_of_provider(source))
    )


def _parse_or_none(content: str | None) -> JsonMapping | None:
    return None if content is None else json.loads(content)


STORED = (
    Stored(published_offer.activity_published, _stored_activities, _delete_activities),
    Stored(tariffs.tariff_published, _stored_tariffs, _delete_tariffs),
    Stored(tariffs.residences_published, _stored_residence_classes, _delete_residence_classes),
    SCHOOLS,
    Stored(schools.waiver_motives_published, _stored_waiver_motives, _delete_waiver_motives),
)
