"""
Guardians whom an import brought and who have no access yet: whom a letter may go to, and where.

An account begins with its first invitation, and identity publishes it at once: who has none was
never invited. Who was, and did not use the code while it was good, waits again.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from services.dossier.households.queries.addresses import addresses_by_household
from services.dossier.households.queries.guardianships import authority_conditions
from services.dossier.households.queries.letter_addresses import (
    envelope_lines,
    select_guardians_without_auto_mail,
)
from services.dossier.models import (
    Child,
    ChildHousehold,
    Guardian,
    Guardianship,
    HouseholdAddress,
    HouseholdGuardian,
    ImportReference,
    Subject,
)
from services.dossier.models.families.imports import GUARDIAN
from services.dossier.registrations.imports.queries import homes_without_access_letters
from shared.contracts.dossier.families.imports import AddressedGuardian, GuardiansToInviteAnswer
from shared.contracts.identity.invitations import LETTER_DAYS, MOST_LETTERS
from shared.dates.instant import Instant


@dataclass(frozen=True)
class Letter:
    """A letter of access: its guardian, and the home to which it goes."""

    guardian_id: str
    name: str
    household_id: str
    lines: Sequence[str]

    def as_answer(self) -> AddressedGuardian:
        return {"guardian_id": self.guardian_id, "name": self.name, "lines": list(self.lines)}


def guardians_to_invite(session: Session, when: Instant) -> GuardiansToInviteAnswer:
    """Return how many wait for a letter, who are next, and how many are invited at the desk."""
    waits = _without_code_condition(when)
    everybody = _select_imported_guardians(when.day, waits, func.count(Guardian.id.distinct()))
    letters = session.execute(_select_letters(when.day, waits)).all()
    return GuardiansToInviteAnswer(
        waiting=len(letters),
        at_desk=session.execute(everybody).scalar_one() - len(letters),
        stopped=homes_without_access_letters.count_stopped_homes(session),
        next=[row.id for row in letters[:MOST_LETTERS]],
    )


def expects_access_letter(session: Session, household_id: str, day: date) -> bool:
    """Say whether somebody who lives there came by an import and has never signed in."""
    lives = exists().where(
        HouseholdGuardian.guardian_id == Guardian.id,
        HouseholdGuardian.household_id == household_id,
    )
    which = and_(lives, ~_account_condition(Subject.active.is_(True)))
    return (
        session.execute(_select_imported_guardians(day, which, Guardian.id).limit(1)).first()
        is not None
    )


def letters_to_guardians(
    session: Session, guardian_ids: Collection[str], when: Instant
) -> list[Letter]:
    """Return the letters to those of these who may get one and never signed in, home by home."""
    wanted = and_(Guardian.id.in_(guardian_ids), ~_account_condition(Subject.active.is_(True)))
    rows = session.execute(_select_letters(when.day, wanted)).all()
    addresses = addresses_by_household(session, {row.home for row in rows})
    return [
        Letter(row.id, row.name, row.home, envelope_lines(addresses[row.home], when.day))
        for row in rows
    ]


def children_of_letters(session: Session, letters: Iterable[Letter], day: date) -> set[str]:
    """Return the children for whom somebody who gets a letter answers in the home it goes to."""
    pairs = {(letter.household_id, letter.guardian_id) for letter in letters}
    rows = session.execute(
        select(ChildHousehold.household_id, Guardianship.guardian_id, Guardianship.child_id)
        .join(Guardianship, Guardianship.child_id == ChildHousehold.child_id)
        .where(
            ChildHousehold.household_id.in_({home for home, _ in pairs}),
            Guardianship.guardian_id.in_({guardian for _, guardian in pairs}),
            *authority_conditions(day),
        )
    )
    return {child_id for home, guardian, child_id in rows if (home, guardian) in pairs}


def _select_imported_guardians(
    day: date, which: ColumnElement[bool], *wanted: Any
) -> Select[*tuple[Any, ...]]:
    """Return the guardians of an import who have authority today over a child that is named."""
    return (
        select(*wanted)
        .select_from(Guardian)
        .join(
            ImportReference,
            and_(ImportReference.id == Guardian.id, ImportReference.kind == GUARDIAN),
        )
        .join(Guardianship, Guardianship.guardian_id == Guardian.id)
        .join(Child, Child.id == Guardianship.child_id)
        .where(which, *authority_conditions(day), Child.first_name.is_not(None))
    )


def _select_letters(day: date, which: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """Return who may get a letter, with one home: the oldest arrival first, a home together."""
    home, came = func.min(HouseholdGuardian.household_id), func.min(ImportReference.arrived_at)
    lives = HouseholdGuardian.household_id == ChildHousehold.household_id
    holds = HouseholdAddress.valid_from <= day
    return (
        _select_imported_guardians(day, which, Guardian.id, Guardian.name, home.label("home"))
        .join(HouseholdGuardian, HouseholdGuardian.guardian_id == Guardian.id)
        .join(ChildHousehold, and_(ChildHousehold.child_id == Child.id, lives))
        .where(
            exists().where(HouseholdAddress.household_id == HouseholdGuardian.household_id, holds),
            *(
                Guardian.id.not_in(some.correlate(None))
                for some in _select_guardians_invited_at_desk(day)
            ),
        )
        .group_by(Guardian.id, Guardian.name)
        .order_by(came, home, Guardian.name, Guardian.id)
    )


def _select_guardians_invited_at_desk(day: date) -> Iterable[Select[str]]:
    """Yield whom no letter goes to by itself, those of homes that are written to no more too."""
    yield from select_guardians_without_auto_mail(day)
    yield select(HouseholdGuardian.guardian_id).where(
        HouseholdGuardian.household_id.in_(homes_without_access_letters.select_stopped_homes())
    )


def _without_code_condition(when: Instant) -> ColumnElement[bool]:
    """Return the condition of who was never invited, or whose last code ran out unused."""
    ran_out = when.moment - timedelta(days=LETTER_DAYS)
    return ~_account_condition(or_(Subject.active.is_(True), Subject.not_before > ran_out))


def _account_condition(which: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(Subject.subject == Guardian.id, which)
