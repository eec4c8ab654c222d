"""Corrections by agents of the front desk, and what families read and ask of them."""

from services.dossier.corrections.commands import (
    parental_authority,
    section_corrections,
    two_home_weeks,
)
from services.dossier.corrections.queries import corrections
from services.dossier.data_protection.person_requests.commands import answering
from services.dossier.handlers.caller_rights import (
    corrects_child,
    corrects_dossiers,
    guardian_of_child,
    may_protect,
    require_correctable,
)
from services.dossier.read_log.commands.front_desk_reads import NAMES, log_reads_before_answer
from services.dossier.sharing.queries.current_access_policy import current_policy
from services.dossier.store import store
from shared.bus import FRONT_DESK, PORTAL, Service, answers
from shared.contracts.dossier import corrections as contracts
from shared.contracts.message import Caller, Empty
from shared.contracts.values import OfChild
from shared.database import Write
from shared.dates.instant import Instant
from shared.register.entitlement import SCHOOLING


class Corrections(Service):
    """A correction is a version like any other; answers that hold names are not kept."""

    @answers(contracts.open_for_correction, callers=[FRONT_DESK], right=corrects_child)
    def open_for_correction(
        self, request: OfChild, caller: Caller
    ) -> contracts.OpenForCorrectionAnswer:
        when = Instant.now()
        with store.read() as read:
            answer = corrections.read_child_for_correction(read, request.child_id, when.day)
        log_reads_before_answer(caller, [request.child_id], SCHOOLING, when)
        return answer

    @answers(contracts.correct_identity, callers=[FRONT_DESK], right=corrects_child)
    def correct_identity(
        self, write: Write, request: contracts.CorrectIdentityRequest, caller: Caller
    ) -> contracts.CorrectedAnswer:
        by, when = caller.subject, Instant.now()
        return contracts.CorrectedAnswer(
            section_corrections.correct_identity(write, current_policy(), request, by=by, when=when)
        )

    @answers(contracts.correct_schooling, callers=[FRONT_DESK], right=corrects_child)
    def correct_schooling(
        self, write: Write, request: contracts.CorrectSchoolingRequest, caller: Caller
    ) -> contracts.CorrectedAnswer:
        by, when = caller.subject, Instant.now()
        return contracts.CorrectedAnswer(
            section_corrections.correct_schooling(
                write, current_policy(), request, by=by, when=when
            )
        )

    @answers(contracts.correct_authority, callers=[FRONT_DESK], right=corrects_child)
    def correct_authority(
        self, write: Write, request: contracts.CorrectAuthorityRequest, caller: Caller
    ) -> contracts.CorrectedAnswer:
        by, when = caller.subject, Instant.now()
        return contracts.CorrectedAnswer(
            parental_authority.correct_authority(write, current_policy(), request, by=by, when=when)
        )

    @answers(contracts.correct_weeks, callers=[FRONT_DESK], right=corrects_child)
    def correct_weeks(
        self, write: Write, request: contracts.CorrectWeeksRequest, caller: Caller
    ) -> contracts.CorrectedAnswer:
        by, when = caller.subject, Instant.now()
        return contracts.CorrectedAnswer(
            two_home_weeks.correct_weeks(write, current_policy(), request, by=by, when=when)
        )

    @answers(contracts.second_correction, callers=[FRONT_DESK], right=corrects_dossiers)
    def second_correction(
        self, write: Write, request: contracts.OfCorrection, caller: Caller
    ) -> Empty:
        child_id = corrections.child_of_correction(write, request.correction_id)
        require_correctable(self, write, caller, child_id)
        parental_authority.note_second_agent_saw_paper(
            write, request.correction_id, by=caller.subject, when=Instant.now()
        )
        return Empty()

    @answers(contracts.withdraw_correction, callers=[FRONT_DESK], right=corrects_dossiers)
    def withdraw_correction(
        self, write: Write, request: contracts.OfCorrection, caller: Caller
    ) -> Empty:
        child_id = corrections.child_of_correction(write, request.correction_id)
        require_correctable(self, write, caller, child_id)
        section_corrections.withdraw_correction(
            write, current_policy(), request.correction_id, by=caller.subject, when=Instant.now()
        )
        return Empty()

    @answers(contracts.corrections_waiting, callers=[FRONT_DESK], right=corrects_dossiers)
    def corrections_waiting(
        self, _request: Empty, caller: Caller
    ) -> contracts.CorrectionsWaitingAnswer:
        when = Instant.now()
        with store.read() as read:
            answer = corrections.corrections_waiting(
                read, protects=may_protect(self, read, caller, when.day)
            )
        named = {row["child_id"] for row in (*answer.asked, *answer.to_second)}
        log_reads_before_answer(caller, named, NAMES, when)
        return answer

    @answers(contracts.answer_correction, callers=[FRONT_DESK], right=corrects_dossiers)
    def answer_correction(
        self, write: Write, request: contracts.AnswerCorrectionRequest, caller: Caller
    ) -> Empty:
        child_id = corrections.child_of_request(write, request.person_request_id)
        require_correctable(self, write, caller, child_id)
        answering.close_request(
            write,
            request.person_request_id,
            request.outcome,
            request.text,
            by=caller.subject,
            when=Instant.now(),
        )
        return Empty()

    @answers(contracts.corrections_of, callers=[PORTAL], right=guardian_of_child)
    def corrections_of(self, request: OfChild, caller: Caller) -> contracts.CorrectionsOfAnswer:
        with store.read() as read:
            return contracts.CorrectionsOfAnswer(
                corrections.corrections_for_guardian(read, request.child_id, caller.subject)
            )
