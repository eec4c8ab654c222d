"""Age rule of a group: dates of birth between two days. Pure."""

from datetime import date
from typing import Protocol


class ForAges(Protocol):
    """As much of a group as decides: birth dates, both included; None where there is no limit."""

    @property
    def born_from(self) -> date | None: ...

    @property
    def born_to(self) -> date | None: ...


def is_born_within(born: date, group: ForAges) -> bool:
    """Return whether a child born on this day may come."""
    early = group.born_from is not None and born < group.born_from
    late = group.born_to is not None and born > group.born_to
    return not early and not late
