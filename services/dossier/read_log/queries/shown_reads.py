"""
Reads of a child's file that are shown outside of the offices, line by line (rules R7, R9, R13).

Before a home is protected an agent has opened it, and before an adult is barred: what the desk read
on that day would tell of the visit. Hence a day's reads at the desk are shown from the next one on,
whatever they were for, and those of the day of a protection never, not even once it is lifted. The
page of guarded dossiers is told to the protected home alone.
"""

from collections.abc import Collection, Iterator
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.dossier.households.queries.guardianships import authority_conditions
from services.dossier.households.queries.ids_of_joined_files import all_ids_of_child
from services.dossier.households.queries.protection import (
    Shown,
    homes_of_guardian,
    protected_homes_of,
    protection_days_of_homes,
)
from services.dossier.models import READ, Guardianship, HouseholdGuardian, ReadLog
from services.dossier.read_log.queries.history_exports import NO_PROVIDER
from services.dossier.read_log.rules.summary_for_family import (
    FOR_THE_DPO,
    GUARDING,
    Read,
    first_day_kept,
)
from shared.dates.clock import PARIS, midnight
from shared.dates.instant import Instant
from shared.register.declarations import FRONT_DESK


def reads_shown_to_guardian(
    session: Session, child_id: str, reader: str, view: Shown, when: Instant
) -> Iterator[Read]:
    """
    Yield the reads of the last twelve months, without those at the desk that tell of a protection.

    Where nobody of another home answers for the child, what the desk reads is shown at once.
    """
    files, mine = all_ids_of_child(session, child_id), homes_of_guardian(session, reader)
    hidden = protection_days_of_homes(session, files, but=mine)
    reads = _reads_kept(session, files, when.day)
    if view.is_everything_shown and any(protected_homes_of(session, files).values()):
        return _reads_outside_days(reads, hidden)
    reads = _reads_of_no_guarded_page(reads)
    if view.is_everything_shown and not _is_answered_for_elsewhere(
        session, files, reader, mine, when.day
    ):
        return _reads_outside_days(reads, hidden)
    first_hidden = when.day if view.since is None else view.since.astimezone(PARIS).date()
    return _reads_outside_days(reads, hidden, first_hidden)


def reads_shown_to_pupil(session: Session, file_id: str, when: Instant) -> Iterator[Read]:
    """
    Yield the reads of one file of a former pupil, who may live in any of its homes.

    Hence it is shown what a guardian of another home than a protected one is.
    """
    files = all_ids_of_child(session, file_id)
    reads = _reads_of_no_guarded_page(_reads_kept(session, [file_id], when.day))
    hidden = protection_days_of_homes(session, files)
    return _reads_outside_days(reads, hidden, when.day)


def _reads_of_no_guarded_page(reads: Iterator[Read]) -> Iterator[Read]:
    return (read for read in reads if read.purpose != GUARDING)


def _reads_outside_days(
    reads: Iterator[Read], hidden: Collection[date], first_hidden: date = date.max
) -> Iterator[Read]:
    """Yield what the desk read before a day and on none of those hidden, and all else."""
    for read in reads:
        day = read.at.astimezone(PARIS).date()
        if read.provider != FRONT_DESK or (day < first_hidden and day not in hidden):
            yield read


def _is_answered_for_elsewhere(
    session: Session, files: Collection[str], reader: str, homes: Collection[str], day: date
) -> bool:
    """Say whether somebody who lives in none of these homes answers for the child."""
    here = select(HouseholdGuardian.guardian_id).where(HouseholdGuardian.household_id.in_(homes))
    elsewhere = select(Guardianship.id).where(
        Guardianship.child_id.in_(files),
        Guardianship.guardian_id.not_in({reader, *session.scalars(here)}),
        *authority_conditions(day),
    )
    return session.execute(elsewhere.limit(1)).first() is not None


def _reads_kept(session: Session, files: Collection[str], day: date) -> Iterator[Read]:
    """Yield the reads of the last twelve months that are no office's own."""
    rows = session.execute(
        select(
            ReadLog.provider,
            ReadLog.role,
            ReadLog.projection,
            ReadLog.purpose,
            ReadLog.at,
            ReadLog.unusual,
        )
        .where(
            ReadLog.child_id.in_(files),
            ReadLog.kind == READ,
            ReadLog.provider != NO_PROVIDER,
            ReadLog.projection.not_in(FOR_THE_DPO),
            ReadLog.at >= midnight(first_day_kept(day)),
        )
        .order_by(ReadLog.sequence)
    )
    return (Read(*row) for row in rows)
