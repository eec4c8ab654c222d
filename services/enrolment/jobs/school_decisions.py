"""Asks the dossier to keep what was decided of schools and classes, some children at a time."""

from services.enrolment.school_year.schools.commands import school_changes, sending_pupil_moves
from services.enrolment.school_year.schools.queries.pupils import pupils_under_former_names
from services.enrolment.school_year.schools.queries.school_changes import due_changes
from services.enrolment.store import store, vault
from shared.bus import Service, every
from shared.contracts.dossier.school_decisions import (
    DECISIONS_AT_ONCE,
    decide_schooling,
    rename_school,
    undo_schooling,
)
from shared.contracts.errors import NoAnswer, Unavailable
from shared.dates.clock import now, today

SEND_SECONDS = 3.0
ANSWER_SECONDS = 30.0
LOOK_SECONDS = 600.0


class SchoolDecisions(Service):
    """Each step asks outside of a transaction, and stores the answer in one."""

    @every(SEND_SECONDS, jitter=1.0)
    def send_school_decisions(self) -> None:
        """Send what is decided and take back what is undone, until nothing is left."""
        try:
            while (
                self._take_back_some_decisions()
                or self._send_some_decisions()
                or self._rename_school_of_some_pupils()
            ):
                pass
        except (NoAnswer, Unavailable):
            return  # the dossier is away: the same decisions are asked for next time

    @every(SEND_SECONDS, jitter=1.0)
    def let_schools_change(self) -> None:
        """Let each school be called as it was decided, once the day has come."""
        with store.read() as read:
            due = due_changes(read, today())
        for change_id in due:
            with store.write() as write:
                school_changes.apply_due_change(write, vault, change_id, now())

    @every(LOOK_SECONDS, jitter=60.0)
    def rename_school_of_latecomers(self) -> None:
        """Let those follow who came under a former name: by a form, a file, a paper of before."""
        with store.read() as read:
            found = pupils_under_former_names(read, vault)
        if found:
            with store.write() as write:
                school_changes.draft_renaming_of_pupils(write, vault, now())

    def _rename_school_of_some_pupils(self) -> bool:
        with store.write() as write:
            asked = school_changes.next_pupils_to_rename(write, DECISIONS_AT_ONCE, now())
        if asked is None:
            return False
        moves_id, request = asked
        answer = self.bus.ask(rename_school, request, deadline=ANSWER_SECONDS)
        outcomes = {each["child_id"]: each["outcome"] for each in answer.children}
        with store.write() as write:
            school_changes.store_outcomes_of_renaming(write, moves_id, outcomes)
        return True

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
