"""The town itself, and the communes that belong to it."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Town:
    code: str
    name: str
    demo: bool
    help_phone: str
    help_hours: str
    school_year: str
    help_hours_en: str = ""
    """As English pages say it; "" where the town file does not."""


@dataclass(frozen=True, slots=True)
class Commune:
    """A commune's membership: from a day on, up to the day on which it no longer belongs."""

    insee: str
    name: str
    member_from: date
    member_to: date | None = None

    def belongs_on(self, day: date) -> bool:
        return self.member_from <= day and (self.member_to is None or day < self.member_to)
