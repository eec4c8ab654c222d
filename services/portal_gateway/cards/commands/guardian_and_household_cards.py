"""Stores cards of guardians and households, and which households are a guardian's."""

from collections.abc import Iterable

from sqlalchemy import bindparam, delete, insert, select

from services.portal_gateway.cards.commands.versioned_upsert import keep_newer
from services.portal_gateway.cards.live_kinds import PLACES, SESSION, note_change
from services.portal_gateway.cards.rules.json_values import to_json
from services.portal_gateway.models import FamilyCard, GuardianCard, Guardianship
from services.portal_gateway.models.sealed_value_bindings import (
    family_card_binding,
    guardian_card_binding,
)
from services.portal_gateway.store import open_sealed, seal_for_row
from shared.contracts.dossier import guardians
from shared.contracts.enrolment.places import family_cards
from shared.database import Write
from shared.database.prebuilt_statements import execute

_of_subject = Guardianship.subject == bindparam("of_subject")
_HOUSEHOLDS = select(Guardianship.household_id).where(_of_subject)
_FORGET = delete(Guardianship).where(_of_subject)


def keep_guardian_card(write: Write, event: guardians.GuardianCard) -> None:
    """Store the dossier's card of a guardian, if its version is newer."""
    content = {
        "at": event.at,
        "households": event.households,
        "children": event.children,
    }
    sealed = seal_for_row(guardian_card_binding(event.subject), to_json(content))
    if keep_newer(write, GuardianCard, {"subject": event.subject}, event.version, sealed):
        keep_households_of_guardian(write, event.subject, event.households)
        for kind in (PLACES, SESSION):  # open pages look whose households they wait for
            note_change(write, kind, event.subject)


def keep_family_card(write: Write, provider: str, event: family_cards.FamilyCard) -> None:
    """Store a provider's card of a household, if its version is newer."""
    keys = {"household_id": event.household_id, "provider": provider}
    content = to_json({"at": event.at, "children": event.children})
    sealed = seal_for_row(family_card_binding(event.household_id, provider), content)
    if keep_newer(write, FamilyCard, keys, event.version, sealed):
        note_change(write, PLACES, event.household_id)


def keep_households_of_guardian(write: Write, subject: str, households: Iterable[str]) -> None:
    """Keep which households are a guardian's, whole."""
    theirs = sorted(set(households))
    if theirs == sorted(execute(write, _HOUSEHOLDS, of_subject=subject).scalars()):
        return
    execute(write, _FORGET, of_subject=subject)
    rows = [{"subject": subject, "household_id": household} for household in theirs]
    if rows:
        write.execute(insert(Guardianship), rows)


def note_households_of_earlier_cards(write: Write) -> int:
    """Note the households of cards that came before they were noted; return of how many."""
    noted = select(Guardianship.subject)
    cards = select(GuardianCard).where(GuardianCard.subject.not_in(noted)).limit(500)
    filled = 0
    for card in write.scalars(cards):
        content = open_sealed(guardian_card_binding(card.subject), card.content)
        keep_households_of_guardian(write, card.subject, content["households"])
        filled += bool(content["households"])
    return filled
