"""
A child's day in the order in which a family asks for it: now, then, over, and what falls out. Pure.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.portal_gateway.schedule.rules.family_days import Day
from shared.contracts.enrolment.places import states

ATTENDED = (states.BOOKED, states.PRESENT, states.OTHER)
"""States of a session that brings the child there, whichever home has booked it."""
SAID = (*ATTENDED, states.CLOSED)
"""States for which a later day is worth a line: a child goes somewhere, or cannot."""
FALLS_OUT = (states.CLOSED, states.EXCUSED, states.CANCELLED, states.ABSENT)


@dataclass(frozen=True)
class ChildDay:
    """
    A child's sessions of one day at a moment.

    `here` runs now, `then` begins later, `over` has ended; `falls_out` was booked and is not.
    """

    here: Sequence[Day] = ()
    then: Sequence[Day] = ()
    over: Sequence[Day] = ()
    falls_out: Sequence[Day] = ()

    def __bool__(self) -> bool:
        return bool(self.here or self.then or self.over or self.falls_out)

    @property
    def running_and_coming(self) -> list[Day]:
        """Return what runs and what is still to begin."""
        return [*self.here, *self.then]


def day_of_child(sessions: Iterable[Day], moment: datetime) -> ChildDay:
    """Return one child's sessions of a day, parted by what they are at a moment."""
    here, then, over, falls_out = [], [], [], []
    for session in sessions:
        if session.state in FALLS_OUT:
            falls_out.append(session)
        elif session.state not in ATTENDED:
            continue
        elif session.ends_at <= moment:
            over.append(session)
        elif session.starts_at <= moment:
            here.append(session)
        else:
            then.append(session)
    return ChildDay(here, then, over, falls_out)


def days_of_children(
    sessions: Sequence[Day], ids: Mapping[str, Collection[str]], moment: datetime
) -> dict[str, ChildDay]:
    """Return each child's part of a day; `ids` are those that services have of it, by its own."""
    return {
        child: day_of_child((each for each in sessions if each.child_id in named), moment)
        for child, named in ids.items()
    }
