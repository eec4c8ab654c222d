"""Limits of how often a household may have a fund asked, and when again; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.dates.clock import PARIS

MOST_A_DAY = 10
"""Mistyped names are forgiven; who tries one person after another is not."""
MOST_FAILURES = 4
"""The most failures of a day: the first, and three more tries."""
LONGEST_CALL = timedelta(seconds=30)
"""After which a request whose end was never noted is taken for broken off."""
GIVEN_FOR = timedelta(days=1)
"""Time for which what a fund gave waits for the guardian to say whether it counts."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Tries of a guardian of a household at the funds so far, on the day of `asked_at`."""

    asked_at: datetime
    tries: int
    failures: int
    again_at: datetime | None


def require_may_ask(asked: Sequence[Asked], at: datetime) -> None:
    """
    Refuse a household that has to wait, by what all its guardians asked.

    Raises AskedTooOften, and FundsSilent where it is for the funds' sake.
    """
    of_day = [each for each in asked if is_same_day(each.asked_at, at)]
    day = at.astimezone(PARIS).date() + timedelta(days=1)
    tomorrow = datetime(day.year, day.month, day.day, tzinfo=PARIS)
    if sum(each.tries for each in of_day) >= MOST_A_DAY:
        raise AskedTooOften(tomorrow)
    if sum(each.failures for each in of_day) >= MOST_FAILURES:
        raise FundsSilent(tomorrow)
    again_at = max((each.again_at for each in of_day if each.again_at), default=at)
    if again_at > at:
        raise FundsSilent(again_at)


def is_same_day(one: datetime, other: datetime) -> bool:
    return one.astimezone(PARIS).date() == other.astimezone(PARIS).date()


def is_town_refused(refused_at: datetime, status: int, at: datetime) -> bool:
    """
    Say whether the town, refused at some moment, asks for nobody.

    A token that is refused is tried once a day, as the refusal may be their mistake; rights and
    addresses, which are set right there, once an hour.
    """
    rest = timedelta(days=1) if status == 401 else timedelta(hours=1)
    return at < refused_at + rest


class AnswerWaits(Exception):
    """An answer of the funds waits for this guardian, who has not said whether it counts."""


class RequestUnderWay(Exception):
    """A fund is being asked for this household."""


class MayNotAskYet(Exception):
    """The household may ask again `again_at`."""

    def __init__(self, again_at: datetime) -> None:
        super().__init__(again_at)
        self.again_at = again_at


class AskedTooOften(MayNotAskYet):
    """The household asked as often as may be in a day, whatever was answered."""


class FundsSilent(MayNotAskYet):
    """The funds did not answer a while ago, or all day."""
