"""Order of a day's sessions on a telephone or tablet. Pure."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol, TypeVar


class Timed(Protocol):
    """A session, by when it ends."""

    @property
    def ends_at(self) -> datetime: ...


S = TypeVar("S", bound=Timed)


def current_sessions_first(sessions: Sequence[S], moment: datetime) -> list[S]:
    """
    Return first what goes on or comes, as it was; then what is over, the last to end first.

    In the evening an animator would else scroll past the whole morning.
    """
    over = [session for session in sessions if session.ends_at <= moment]
    ahead = [session for session in sessions if session.ends_at > moment]
    return ahead + sorted(over, key=lambda session: session.ends_at, reverse=True)
