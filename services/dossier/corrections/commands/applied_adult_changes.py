"""Does what was recorded of an adult: names, guardianships and homes, in the caller's locks."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta

from sqlalchemy import delete, select

from services.dossier.corrections.commands.parental_authority import set_authority
from services.dossier.corrections.queries import adults as adults_queries
from services.dossier.households.commands.corrections_for_identity import publish_guardian
from services.dossier.households.commands.homes_apart_from_child import ensure_own_home
from services.dossier.households.commands.next_changes_and_ended_accesses import (
    end_accesses_to_home,
)
from services.dossier.models import (
    Child,
    ChildHousehold,
    ChildWeeks,
    Correction,
    DeceasedGuardian,
    Guardian,
    Guardianship,
    HouseholdGuardian,
)
from services.dossier.papers.commands.household_papers import forget_papers_kept_by
from services.dossier.sections.name_words import index_guardian_name
from services.dossier.sections.rules.projections import Content
from shared.contracts.dossier.corrections import (
    GUARDIAN_COMES,
    GUARDIAN_DIED,
    GUARDIAN_LEAVES,
    GUARDIAN_NAME,
)
from shared.database import Write
from shared.database.tables.validity import not_ended_before_condition
from shared.dates.instant import Instant
from shared.dates.periods import next_change_of_period
from shared.runtime.ids import new_id

Effect = Callable[[Write, Sequence[Correction], str, Content, Instant], set[str]]


def apply_adult_change(
    write: Write, rows: Sequence[Correction], content: Content, when: Instant
) -> set[str]:
    """Do what the corrections of one act say; return the households that changed by it."""
    guardian_id = rows[0].guardian_id
    assert guardian_id is not None
    return _EFFECTS[rows[0].subject](write, rows, guardian_id, content, when)


def _rename_adult(
    write: Write,
    _rows: Sequence[Correction],
    guardian_id: str,
    content: Content,
    when: Instant,
) -> set[str]:
    adult = write.get_one(Guardian, guardian_id, with_for_update=True)
    adult.name = content["name"]
    index_guardian_name(write, guardian_id, adult.name)
    publish_guardian(write, adult, died=False, when=when)
    return adults_queries.homes_of_adult(write, guardian_id)


def _add_adult_to_home(
    write: Write,
    rows: Sequence[Correction],
    guardian_id: str,
    content: Content,
    when: Instant,
) -> set[str]:
    adult = write.get(Guardian, guardian_id)
    if adult is None:
        adult = Guardian(id=guardian_id, reference=f"desk/{guardian_id}", name=content["name"])
        write.add(adult)
        write.flush()
        index_guardian_name(write, guardian_id, adult.name)
    homes = {content["household_id"], *_take_death_back(write, adult, when)}
    if content["lives_here"]:
        lives = {"household_id": content["household_id"], "guardian_id": guardian_id}
        row = write.upsert_into(HouseholdGuardian).values(lives)
        write.execute(row.on_conflict_do_nothing())
    else:
        homes |= ensure_own_home(write, guardian_id, when)
    for each in rows:
        _begin_guardianship(write, each, guardian_id, authority=content["authority"], when=when)
    return homes


def _begin_guardianship(
    write: Write, row: Correction, guardian_id: str, *, authority: bool, when: Instant
) -> None:
    """
    Begin a period at the day of the correction, not before birth.

    One that runs goes on, with authority from that day on where the paper gives it; none is taken.
    Who had the child in care answers for it from that day on instead: the placement ends before.
    """
    born = write.get_one(Child, row.child_id).birth_date
    first = max(row.holds_from, born) if born else row.holds_from
    periods = _guardianship_periods_from(write, row.child_id, guardian_id, first)
    answering = [period for period in periods if period.carer_in is None]
    if answering:
        for period in answering if authority else ():
            set_authority(write, period, row, authority=True, when=when)
        return
    for placement in periods:
        _end_period_before(write, placement, first, when)
    write.flush()  # the shorter period first: two of a pair never overlap
    write.add(
        Guardianship(
            id=new_id(),
            child_id=row.child_id,
            guardian_id=guardian_id,
            authority=authority,
            valid_from=first,
            link_checked_on=when.day,
            paper=row.paper,
            paper_date=row.paper_date,
            recorded_by=row.recorded_by,
        )
    )


def _take_adult_out_of_home(
    write: Write,
    rows: Sequence[Correction],
    guardian_id: str,
    content: Content,
    when: Instant,
) -> set[str]:
    household_id = content["household_id"]
    if not content["still_answers"]:
        _end_guardianships(write, rows, guardian_id, when)
    if content["still_answers"] or not adults_queries.children_answered_for(
        write, household_id, guardian_id, when.day
    ):
        _move_out(write, household_id, guardian_id, rows[0].recorded_by, when)
    if content["still_answers"]:
        return {household_id, *ensure_own_home(write, guardian_id, when)}
    return {household_id}


def _apply_death_of_adult(
    write: Write,
    rows: Sequence[Correction],
    guardian_id: str,
    _content: Content,
    when: Instant,
) -> set[str]:
    adult, homes = (
        write.get_one(Guardian, guardian_id),
        adults_queries.homes_of_adult(write, guardian_id),
    )
    _end_guardianships(write, rows, guardian_id, when)
    for household_id in sorted(homes):
        write.add(
            DeceasedGuardian(
                guardian_id=guardian_id, household_id=household_id, died_on=rows[0].holds_from
            )
        )
        _move_out(write, household_id, guardian_id, rows[0].recorded_by, when)
    publish_guardian(write, adult, died=True, when=when)
    return homes


def _end_guardianships(
    write: Write, rows: Sequence[Correction], guardian_id: str, when: Instant
) -> None:
    """Let no period reach the day of the correction; what would begin later never does."""
    for row in rows:
        for period in _guardianship_periods_from(write, row.child_id, guardian_id, row.holds_from):
            _end_period_before(write, period, row.holds_from, when)
    write.flush()


def _end_period_before(write: Write, period: Guardianship, day: date, when: Instant) -> None:
    """Let a period not reach a day; one that would begin then never does."""
    if period.valid_from >= day:
        write.delete(period)
        return
    period.valid_to = day - timedelta(days=1)
    period.turns_on = next_change_of_period(period.valid_from, period.valid_to, when.day)


def _move_out(write: Write, household_id: str, guardian_id: str, by: str, when: Instant) -> None:
    """
    Let an adult live in a home no longer, and children leave it with whom nobody is left.

    Whom they had let see the days of that home would see where the child is with who stays.
    """
    write.execute(
        delete(HouseholdGuardian).where(
            HouseholdGuardian.household_id == household_id,
            HouseholdGuardian.guardian_id == guardian_id,
        )
    )
    write.flush()
    forget_papers_kept_by(write, household_id, guardian_id)
    end_accesses_to_home(write, household_id, guardian_id, by=by, when=when)
    for child_id in adults_queries.children_left_without_guardian(write, household_id, when.day):
        write.execute(
            delete(ChildHousehold).where(
                ChildHousehold.household_id == household_id, ChildHousehold.child_id == child_id
            )
        )
        write.execute(delete(ChildWeeks).where(ChildWeeks.child_id == child_id))
    write.flush()


def _take_death_back(write: Write, adult: Guardian, when: Instant) -> set[str]:
    """Let an adult live whose death was noted by mistake; return the homes that named it."""
    mine = DeceasedGuardian.guardian_id == adult.id
    homes = set(write.scalars(select(DeceasedGuardian.household_id).where(mine)))
    if homes:
        write.execute(delete(DeceasedGuardian).where(mine))
        publish_guardian(write, adult, died=False, when=when)
    return homes


def _guardianship_periods_from(
    write: Write, child_id: str, guardian_id: str, day: date
) -> Sequence[Guardianship]:
    """Return the periods of a pair that reach that day or begin later, placements too."""
    return write.scalars(
        select(Guardianship)
        .where(
            Guardianship.child_id == child_id,
            Guardianship.guardian_id == guardian_id,
            not_ended_before_condition(Guardianship.valid_to, day),
        )
        .order_by(Guardianship.valid_from)
    ).all()


_EFFECTS: Mapping[str, Effect] = {
    GUARDIAN_NAME: _rename_adult,
    GUARDIAN_COMES: _add_adult_to_home,
    GUARDIAN_LEAVES: _take_adult_out_of_home,
    GUARDIAN_DIED: _apply_death_of_adult,
}
