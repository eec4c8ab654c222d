"""
A school called otherwise from a day on, in one act: decided, withdrawn before its day, done on it.

Nothing leaves before the day. On it the school has its name at once, and its pupils follow in
batches that a killed process goes on with; until then they are known by the former name.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

from sqlalchemy import func, select

from services.enrolment.models import PupilMove, PupilMoves, School, SchoolChange
from services.enrolment.models.school_year.schools import DONE, RENAMING
from services.enrolment.school_year.schools.commands.moving_up import add_decided_batch
from services.enrolment.school_year.schools.commands.offer_of_renamed_school import (
    follow_published_school,
)
from services.enrolment.school_year.schools.commands.publishing import (
    content_of_school,
    mark_school_to_publish,
)
from services.enrolment.school_year.schools.commands.schools import NameTaken, names_of_others
from services.enrolment.school_year.schools.queries.pupil_moves import unsent_pupils_to_rename
from services.enrolment.school_year.schools.queries.pupils import (
    PupilOfFormerName,
    pupils_under_former_names,
)
from services.enrolment.school_year.schools.queries.school_changes import (
    former_names_by_school,
    latest_done_change,
    require_waiting_change,
    waiting_change_of_school,
)
from services.enrolment.school_year.schools.queries.schools import require_school
from services.enrolment.school_year.schools.rules.moving_up import RENAMED, Move
from shared.contracts.dossier.school_decisions import MOST_FORMER_NAMES, RenameSchoolRequest
from shared.contracts.errors import Refusal
from shared.database import Vault, Write
from shared.dates.clock import PARIS
from shared.runtime.ids import new_id
from shared.text import folded

FARTHEST = timedelta(days=366)
"""How long before its day a change may be decided."""
AGAIN_AFTER = timedelta(hours=1)
"""A pupil whose dossier still has a former name is not asked for again before."""


class ChangeWaits(Refusal):
    """Another change of this school waits for its day: it is withdrawn first."""

    code = "change_waits"


class NotThatDay(Refusal):
    """The day is past, or more than a year away."""

    code = "not_that_day"


class SameName(Refusal):
    """The school is called so already."""

    code = "same_name"


def decide_renaming(
    write: Write, school_id: str, name: str, holds_from: date, *, by: str, now: datetime
) -> SchoolChange:
    """
    Decide that a school is called so from a day on.

    Raises NameTaken for a name that another school has, had or will have, ChangeWaits, SameName,
    NotThatDay.
    """
    write.lock_names("school_names")
    school = require_school(write, school_id)
    today = now.astimezone(PARIS).date()
    if not today <= holds_from <= today + FARTHEST:
        raise NotThatDay
    if name == school.name:
        raise SameName
    if waiting_change_of_school(write, school_id) is not None:
        raise ChangeWaits
    if folded(name) in names_of_others(write, school_id):
        raise NameTaken
    row = SchoolChange(
        id=new_id(),
        school_id=school_id,
        name=name,
        holds_from=holds_from,
        decided_by=by,
        decided_at=now,
    )
    write.add(row)
    write.flush()
    return row


def withdraw_change(write: Write, change_id: str, *, by: str, now: datetime) -> None:
    """Take back what waits for its day; raises NotFound once it is done."""
    write.lock_names("school_names")
    row = require_waiting_change(write, change_id)
    row.withdrawn_by, row.withdrawn_at = by, now
    write.flush()


def apply_due_change(write: Write, vault: Vault, change_id: str, now: datetime) -> None:
    """Let a change hold whose day has come, and its pupils follow; raises NotFound once it does."""
    write.lock_names("school_names")
    row = require_waiting_change(write, change_id)
    school = write.get_one(School, row.school_id, with_for_update=True)
    row.former, row.done_at = school.name, now
    school.name, school.folded = row.name, folded(row.name)
    write.flush()
    draft_renaming_of_pupils(write, vault, now)
    _let_offer_follow(write, school, now)


def draft_renaming_of_pupils(write: Write, vault: Vault, now: datetime) -> int:
    """
    Let all pupils follow who are written under a name that their school had; return how many.

    It is the act of who decided on the name, whenever a pupil comes.

    Who was asked for within the last hour is left: its answer is on its way.
    """
    asked = _asked_within_the_hour(write, now)
    found = 0
    for school_id, pupils in pupils_under_former_names(write, vault).items():
        missing = [each for each in pupils if (school_id, each.child_id) not in asked]
        if missing:
            _add_batch(write, school_id, missing, now)
            found += len(missing)
    return found


def next_pupils_to_rename(
    write: Write, most: int, now: datetime
) -> tuple[str, RenameSchoolRequest] | None:
    """Return the batch and what is to be asked next, None where nothing is; ends a whole batch."""
    found = unsent_pupils_to_rename(write, most)
    if found is None:
        return None
    batch, moves = found
    school_id = batch.school_id or ""
    names = former_names_by_school(write).get(school_id, ())
    if not moves or not names:  # called as before again: nothing is left to change
        batch.state = DONE
        write.flush()
        _let_offer_follow(write, require_school(write, school_id), now)
        return next_pupils_to_rename(write, most, now)
    return batch.id, RenameSchoolRequest(
        decided_by=batch.decided_by or batch.drafted_by,
        former_names=list(names[:MOST_FORMER_NAMES]),
        name=require_school(write, school_id).name,
        child_ids=[move.child_id for move in moves],
    )


def store_outcomes_of_renaming(write: Write, moves_id: str, outcomes: Mapping[str, str]) -> None:
    """Store what became of pupils of a batch, by child."""
    rows = select(PupilMove).where(
        PupilMove.moves_id == moves_id, PupilMove.child_id.in_(outcomes.keys())
    )
    for move in write.scalars(rows.order_by(PupilMove.id)):
        move.outcome = outcomes[move.child_id]
    write.flush()


def _let_offer_follow(write: Write, school: School, now: datetime) -> None:
    """Let this provider's own offer follow a school, and others hear of it: none hears itself."""
    write.flush()
    mark_school_to_publish(write, school.id)
    follow_published_school(write, content_of_school(write, school), now)


def _asked_within_the_hour(write: Write, now: datetime) -> set[tuple[str | None, str]]:
    of_school = SchoolChange.school_id == PupilMoves.school_id
    latest = select(func.max(SchoolChange.done_at)).where(of_school).scalar_subquery()
    recent = (
        select(PupilMoves.school_id, PupilMove.child_id)
        .join(PupilMoves, PupilMoves.id == PupilMove.moves_id)
        .where(PupilMoves.kind == RENAMING, PupilMoves.drafted_at > now - AGAIN_AFTER)
        .where(PupilMoves.drafted_at >= latest)
    )
    return {(school_id, child_id) for school_id, child_id in write.execute(recent)}


def _add_batch(
    write: Write, school_id: str, pupils: Iterable[PupilOfFormerName], now: datetime
) -> None:
    moves = {
        each.child_id: Move(school_id, each.level, each.class_name, RENAMED) for each in pupils
    }
    by = latest_done_change(write, school_id).decided_by
    day = now.astimezone(PARIS).date()
    add_decided_batch(write, RENAMING, school_id, moves, day, by=by, now=now)
