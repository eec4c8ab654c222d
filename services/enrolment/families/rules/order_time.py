"""When a family ordered something, and when it is dealt with: hours apart where it had to wait."""

from dataclasses import dataclass
from datetime import datetime

from shared.dates import clock


@dataclass(frozen=True)
class OrderTime:
    """
    Two moments of one act, aware.

    Deadlines are judged at `ordered`: who cancelled in time while the provider was down was in
    time. Room is what there is `now`, and nobody is booked for what has begun.
    """

    ordered: datetime
    now: datetime

    @property
    def waited(self) -> bool:
        """Return whether this is dealt with later than it was ordered."""
        return self.ordered < self.now

    @classmethod
    def at_once(cls) -> "OrderTime":
        """Return the moments of what is dealt with as it is ordered."""
        moment = clock.now()
        return cls(moment, moment)
