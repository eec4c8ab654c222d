"""
Reads of a child's file as the family sees them: unusual ones first, ordinary ones by month.

Pure. The function, the service, the projection, the purpose and the hour are shown; agents' names
stay with the DPO, and reads by another guardian are not even recorded (rule R13).
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from shared.contracts.values import ACCOUNT
from shared.dates.clock import PARIS

RULINGS, PERSON_REQUEST = "rulings", "person_request"
FOR_THE_DPO = (RULINGS, PERSON_REQUEST, ACCOUNT)
"""
Readings for the data protection officer's eyes: from a line the barred parent would learn of a
ruling (rule R7), a guardian of what the other one asked, and one home that the other has bills.
"""
GUARDING = "guarding"
"""Why the page of a guarded dossier is opened: to protect a home, bar an adult, place a child."""
KEPT_MONTHS = 12
MOST_UNUSUAL = 300
"""Most lines of unusual reads in one answer, the latest ones: a message has a size."""


@dataclass(frozen=True)
class Read:
    """One access at a desk; `at` is aware."""

    provider: str
    role: str
    projection: str
    purpose: str
    at: datetime
    unusual: bool

    @property
    def kind(self) -> tuple[str, str, str, str]:
        return self.provider, self.role, self.projection, self.purpose

    @property
    def time(self) -> tuple[int, ...]:
        """
        The hour of an unusual read, else the month: the calendar of France, not of UTC.

        Ten reads of one sheet in a night are one line with a count.
        """
        local = self.at.astimezone(PARIS)
        hour = (local.day, local.hour) if self.unusual else ()
        return local.year, local.month, *hour


@dataclass(frozen=True)
class Shown:
    """One line for the family: the reads of a kind in one month, the unusual ones in one hour."""

    provider: str
    role: str
    projection: str
    purpose: str
    times: int
    first_at: datetime
    last_at: datetime
    unusual: bool


def group_reads(reads: Iterable[Read]) -> list[Shown]:
    """Return the lines, unusual ones first, then the latest first."""
    groups: dict[tuple[object, ...], list[Read]] = defaultdict(list)
    for read in reads:
        groups[(*read.kind, read.unusual, *read.time)].append(read)
    lines = sorted((_summary_line(each) for each in groups.values()), key=lambda line: line.last_at)
    lines.reverse()
    unusual = [line for line in lines if line.unusual]
    return unusual[:MOST_UNUSUAL] + [line for line in lines if not line.unusual]


def first_day_kept(day: date) -> date:
    """Return the first day of the month twelve months before: lines of older months are purged."""
    return date(day.year - KEPT_MONTHS // 12, day.month, 1)


def _summary_line(reads: list[Read]) -> Shown:
    moments = [read.at for read in reads]
    return Shown(*reads[0].kind, len(reads), min(moments), max(moments), reads[0].unusual)
