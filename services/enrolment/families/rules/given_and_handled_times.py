"""Times of an order: given by the family, and handled here, hours later if it had to wait."""

from dataclasses import dataclass
from datetime import datetime

from shared.dates import clock


@dataclass(frozen=True)
class OrderTime:
    """
    Two moments of one order, aware.

    Deadlines are judged at `ordered`: a family that cancelled in time while the provider was down
    was in time. Room is judged `now`, and a session that has begun is not booked.
    """

    ordered: datetime
    now: datetime

    @property
    def has_waited(self) -> bool:
        """Return whether the order is handled later than it was given."""
        return self.ordered < self.now

    @classmethod
    def at_once(cls) -> "OrderTime":
        """Return the moments of an order that is handled at once."""
        moment = clock.now()
        return cls(moment, moment)
