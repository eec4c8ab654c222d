"""Requests of families about a child's school: asking for one, waivers, the certificate."""

from sqlalchemy.orm import Session

from services.enrolment.families.queries.guardians import households_of_guardian
from services.enrolment.families.queries.shielding import hidden_homes
from services.enrolment.handlers.caller_rights import is_family_person, is_guardian_of_child
from services.enrolment.handlers.orders.order_entry_points import Orders
from services.enrolment.school_year.enrolments.certificate import (
    certificate_file_name_by_number,
    certificate_pdf,
)
from services.enrolment.school_year.enrolments.queries.catchment_waivers import (
    require_waiver,
    waiver_content,
)
from services.enrolment.school_year.enrolments.queries.enrolments import (
    require_enrolment,
    unsealed_certificate_content,
)
from services.enrolment.school_year.enrolments.queries.requests import require_request
from services.enrolment.school_year.enrolments.refusal_letter import LETTER_NAME, refusal_letter
from services.enrolment.store import store, vault
from shared.bus import PORTAL, answers
from shared.bus.native_threads import run_in_native_thread
from shared.contracts.enrolment.school_year import enrolments as contracts
from shared.contracts.errors import NotFound
from shared.contracts.message import Caller
from shared.contracts.values import FilePart
from shared.database import Write
from shared.documents import compiler_lock
from shared.documents.document_part_for_message import file_part


class Schools(Orders):
    """Another household's child does not exist for a family."""

    @answers(contracts.request_school, callers=[PORTAL], right=is_family_person)
    def request_school(
        self, write: Write, request: contracts.RequestSchoolRequest, caller: Caller
    ) -> contracts.SchoolRequestStatus:
        """Take a request for a school in; the child's file may still be on its way."""
        return self._carry_out_order(contracts.request_school, write, request, caller)

    @answers(contracts.withdraw_school_request, callers=[PORTAL], right=is_family_person)
    def withdraw_school_request(
        self, write: Write, request: contracts.WithdrawSchoolRequestRequest, caller: Caller
    ) -> contracts.SchoolRequestStatus:
        """Take a request for a school back."""
        return self._carry_out_order(contracts.withdraw_school_request, write, request, caller)

    @answers(contracts.request_waiver, callers=[PORTAL], right=is_family_person)
    def request_waiver(
        self, write: Write, request: contracts.RequestWaiverRequest, caller: Caller
    ) -> contracts.WaiverStatus:
        """Take in that a family wishes another school than that of its area."""
        return self._carry_out_order(contracts.request_waiver, write, request, caller)

    @answers(contracts.withdraw_waiver, callers=[PORTAL], right=is_family_person)
    def withdraw_waiver(
        self, write: Write, request: contracts.WithdrawWaiverRequest, caller: Caller
    ) -> contracts.WaiverStatus:
        """Take a waiver back."""
        return self._carry_out_order(contracts.withdraw_waiver, write, request, caller)

    @answers(contracts.enrolment_certificate, callers=[PORTAL], right=is_guardian_of_child)
    def enrolment_certificate(
        self, request: contracts.EnrolmentCertificateRequest, caller: Caller
    ) -> FilePart:
        """Return a part of a certificate; where another home is protected there is none (R9)."""
        with store.read() as read:
            row = require_enrolment(read, request.enrolment_id)
            _refuse_document_of_another(read, request.child_id, row.child_id, caller)
            content = unsealed_certificate_content(vault, row)
        with compiler_lock():
            made = run_in_native_thread(certificate_pdf, row, content)
        return file_part(certificate_file_name_by_number(row), made, request.part)

    @answers(contracts.waiver_letter, callers=[PORTAL], right=is_guardian_of_child)
    def waiver_letter(self, request: contracts.WaiverLetterRequest, caller: Caller) -> FilePart:
        """Return a part of the letter of a refusal, to who asked or may see all homes (R9)."""
        with store.read() as read:
            row = require_waiver(read, request.waiver_id)
            asked = require_request(read, row.request_id)
            if (row.child_id, asked.subject) != (request.child_id, caller.subject):
                _refuse_document_of_another(read, request.child_id, row.child_id, caller)
            content = waiver_content(vault, row)
        if content["letter"] is None:
            raise NotFound(waiver_id=request.waiver_id)
        with compiler_lock():
            made = run_in_native_thread(refusal_letter, row, content)
        return file_part(LETTER_NAME, made, request.part)


def _refuse_document_of_another(
    read: Session, child_id: str, of_child: str, caller: Caller
) -> None:
    """Raise NotFound for a document of another child, or where another home is protected."""
    homes = households_of_guardian(read, caller.subject, child_id)
    hidden = hidden_homes(read, [child_id], homes).get(child_id)
    if of_child != child_id or hidden:
        raise NotFound(child_id=child_id)
