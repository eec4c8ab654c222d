"""Whether a child is of the age that a group asks for. Pure."""

from datetime import date
from typing import Protocol


class ForAges(Protocol):
    """As much of a group as decides: birth dates, both included; None where there is no limit."""

    @property
    def born_from(self) -> date | None: ...

    @property
    def born_to(self) -> date | None: ...


def of_age(born: date, group: ForAges) -> bool:
    """Return whether somebody born on this day may come."""
    early = group.born_from is not None and born < group.born_from
    late = group.born_to is not None and born > group.born_to
    return not early and not late
