"""Cards of guardians, of households at providers, and of bills."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from contextlib import suppress

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from services.portal_gateway.handlers.comparison.provider_code_of_principal import code_of_provider
from services.portal_gateway.models import (
    BILL_CARD_SUMS,
    FAMILY_CARD_SUMS,
    GUARDIAN_CARD_SUMS,
    BillCard,
    FamilyCard,
    GuardianCard,
    Guardianship,
)
from services.portal_gateway.models.sealed_value_bindings import (
    bill_card_binding,
    family_card_binding,
    guardian_card_binding,
)
from services.portal_gateway.store import open_sealed
from shared.contracts.billing import bills
from shared.contracts.dossier import guardians
from shared.contracts.enrolment.places import family_cards
from shared.database import Unreadable, Write
from shared.database.comparison.compared_states import Stored, StoredState, joined_key, parts_of_key
from shared.database.comparison.sums_found_equal import KeptSums, Within, condition_of_rows_within
from shared.json_values import JsonObject


def sealed_content_without_moment(place: str, sealed: bytes) -> JsonObject:
    """Return a sealed content without its moment; nothing of one that was altered."""
    with suppress(Unreadable):
        content = dict(open_sealed(place, sealed))
        content.pop("at", None)
        return content
    return {}


def _stored_guardian_cards(
    read: Session, _source: str, within: Within = ()
) -> Iterator[StoredState]:
    here = select(GuardianCard).where(condition_of_rows_within(GuardianCard.subject, within))
    homes: dict[str, list[str]] = defaultdict(list)
    guardianships = select(Guardianship)
    if within:
        subjects = here.with_only_columns(GuardianCard.subject)
        guardianships = guardianships.where(Guardianship.subject.in_(subjects))
    for row in read.scalars(guardianships):
        homes[row.subject].append(row.household_id)
    for card in read.scalars(here):
        content = sealed_content_without_moment(guardian_card_binding(card.subject), card.content)
        empty = content.get("households") == [] and content.get("children") == []
        if sorted(homes[card.subject]) != sorted(set(content.get("households", []))):
            content["guardianships"] = homes[card.subject]
        yield StoredState(
            card.subject, card.version, {"subject": card.subject, **content}, ended=empty
        )


def _delete_guardian_cards(write: Write, _source: str, keys: Collection[str]) -> None:
    for table in (Guardianship, GuardianCard):
        write.execute(delete(table).where(table.subject.in_(keys)))


def _stored_family_cards(read: Session, source: str, within: Within = ()) -> Iterator[StoredState]:
    code = code_of_provider(source)
    here = (FamilyCard.provider == code, condition_of_rows_within(FamilyCard.household_id, within))
    for card in read.scalars(select(FamilyCard).where(*here)):
        content = sealed_content_without_moment(
            family_card_binding(card.household_id, code), card.content
        )
        yield StoredState(
            card.household_id,
            card.version,
            {"household_id": card.household_id, **content},
            ended=content.get("children") == [],
        )


def _delete_family_cards(write: Write, source: str, keys: Collection[str]) -> None:
    theirs = (FamilyCard.provider == code_of_provider(source), FamilyCard.household_id.in_(keys))
    write.execute(delete(FamilyCard).where(*theirs))


def _stored_bill_cards(read: Session, _source: str, within: Within = ()) -> Iterator[StoredState]:
    for card in read.scalars(
        select(BillCard).where(condition_of_rows_within(BillCard.household_id, within))
    ):
        named = {"household_id": card.household_id, "provider": card.provider}
        content = sealed_content_without_moment(
            bill_card_binding(card.household_id, card.provider), card.content
        )
        key = joined_key(card.household_id, card.provider)
        yield StoredState(key, card.version, {**named, **content})


def _delete_bill_cards(write: Write, _source: str, keys: Collection[str]) -> None:
    for key in keys:
        household_id, provider = parts_of_key(key, 2)
        card = (BillCard.household_id == household_id, BillCard.provider == provider)
        write.execute(delete(BillCard).where(*card))


STORED = (
    Stored(
        guardians.guardian_card,
        _stored_guardian_cards,
        _delete_guardian_cards,
        sums=lambda _source: KeptSums(GUARDIAN_CARD_SUMS),
    ),
    Stored(
        family_cards.family_card,
        _stored_family_cards,
        _delete_family_cards,
        sums=lambda source: KeptSums(
            FAMILY_CARD_SUMS, (FAMILY_CARD_SUMS.c.provider == code_of_provider(source),)
        ),
    ),
    Stored(
        bills.bill_card,
        _stored_bill_cards,
        _delete_bill_cards,
        sums=lambda _source: KeptSums(BILL_CARD_SUMS, kind="provider"),
    ),
)
