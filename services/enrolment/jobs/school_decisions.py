"""Asks the dossier to keep what was decided of schools and classes, some children at a time."""

from services.enrolment.school_year.schools.commands import sending_pupil_moves
from services.enrolment.store import store
from shared.bus import Service, every
from shared.contracts.dossier.school_decisions import (
    DECISIONS_AT_ONCE,
    decide_schooling,
    undo_schooling,
)
from shared.contracts.errors import NoAnswer, Unavailable

SEND_SECONDS = 3.0
ANSWER_SECONDS = 30.0


class SchoolDecisions(Service):
    """Each step asks outside of a transaction, and stores the answer in one."""

    @every(SEND_SECONDS, jitter=1.0)
    def send_school_decisions(self) -> None:
        """Send what is decided and take back what is undone, until nothing is left."""
        try:
            while self._take_back_some_decisions() or self._send_some_decisions():
                pass
        except (NoAnswer, Unavailable):
            return  # the dossier is away: the same decisions are asked for next time

    def _send_some_decisions(self) -> bool:
        with store.write() as write:
            request = sending_pupil_moves.next_decisions(write, DECISIONS_AT_ONCE)
        if request is None:
            return False
        answer = self.bus.ask(decide_schooling, request, deadline=ANSWER_SECONDS)
        with store.write() as write:
            sending_pupil_moves.store_outcomes_of_decisions(
                write, {each["decision_id"]: each["outcome"] for each in answer.decisions}
            )
        return True

    def _take_back_some_decisions(self) -> bool:
        with store.write() as write:
            request = sending_pupil_moves.next_decisions_to_take_back(write, DECISIONS_AT_ONCE)
        if request is None:
            return False
        answer = self.bus.ask(undo_schooling, request, deadline=ANSWER_SECONDS)
        with store.write() as write:
            sending_pupil_moves.store_outcomes_of_undoing(
                write, {each["decision_id"]: each["outcome"] for each in answer.decisions}
            )
        return True
