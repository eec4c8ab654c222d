"""Actions that an agent may take on an application, by its state. Pure."""

from services.enrolment.places.admission.rules.allocation_order import CRITERIA, ORDER
from shared.contracts.enrolment.places.states import (
    ACCEPTED,
    DECIDING,
    EXPIRED,
    OFFERED,
    REFUSED,
    WAITING,
    WITHDRAWN,
)

ACCEPT, OFFER, REFUSE, WITHDRAW, END = "accept", "offer", "refuse", "withdraw", "end"
OVER = (REFUSED, WITHDRAWN, EXPIRED)
"""States that an application does not leave."""


def allowed_actions(
    state: str, allocation: str, *, room_left: bool, rank: int | None
) -> tuple[str, ...]:
    """
    Return the actions allowed to an agent in this state.

    No application is taken out of turn: a draw decides alone, and of a waiting list the first is
    next. Where places go by arrival, what is to be decided is only whether the child may come: it
    then gets a place or waits like any other.
    """
    if state in OVER:
        return ()
    if state == ACCEPTED:
        return (END,)
    if state == OFFERED:
        return (ACCEPT, WITHDRAW)
    case_by_case = state == DECIDING and allocation == CRITERIA
    next_one = state == WAITING and rank == 1
    first: tuple[str, ...] = (ACCEPT, OFFER) if room_left and (case_by_case or next_one) else ()
    if state == DECIDING and allocation == ORDER:
        first = (ACCEPT,)
    return (*first, REFUSE, WITHDRAW)
