"""Requests of persons on their data: filed by guardians, noted and answered by agents."""

from dataclasses import replace

from services.dossier.data_protection.person_requests.commands import (
    answering,
    filing,
    identifying,
    withdrawing,
)
from services.dossier.data_protection.person_requests.queries import requests
from services.dossier.handlers.caller_rights import (
    answers_persons,
    family_without_agent,
    records_person_requests,
)
from services.dossier.personal_data_copies.queries.copied_persons import Scope, scope_of_copy
from services.dossier.personal_data_copies.queries.dossier_part import rows_of_dossier
from services.dossier.read_log.commands.front_desk_reads import (
    log_reads_before_answer,
    log_reads_of_request,
)
from services.dossier.read_log.rules.summary_for_family import PERSON_REQUEST
from services.dossier.store import store
from shared.bus import DOSSIER, FRONT_DESK, PORTAL, Service, answers
from shared.contracts.dossier.data_protection import person_requests as contracts
from shared.contracts.every_service.held_data import held_of_person
from shared.contracts.message import Caller, Empty
from shared.database import Write
from shared.database.person_data.held_data import page_of_rows
from shared.dates.instant import Instant

COPY_SECONDS = 10.0
"""Within which a service answers a page of its part, or there is no copy."""


class PersonRequests(Service):
    """A guardian reads its own alone; answers that name a person are not kept (no `writes`)."""

    @answers(contracts.my_person_requests, callers=[PORTAL], right=family_without_agent)
    def my_person_requests(
        self, _request: Empty, caller: Caller
    ) -> contracts.MyPersonRequestsAnswer:
        with store.read() as read:
            return contracts.MyPersonRequestsAnswer(
                requests.requests_of_guardian(read, caller.subject)
            )

    @answers(contracts.read_my_request, callers=[PORTAL], right=family_without_agent)
    def read_my_request(
        self, request: contracts.RequestOfPerson, caller: Caller
    ) -> contracts.ReadMyRequestAnswer:
        with store.read() as read:
            return requests.request_of_guardian(read, request.person_request_id, caller.subject)

    @answers(contracts.file_person_request, callers=[PORTAL], right=family_without_agent)
    def file_person_request(
        self, write: Write, request: contracts.FilePersonRequestRequest, caller: Caller
    ) -> contracts.PersonRequestKept:
        by, when = caller.subject, Instant.now()
        row = filing.file_request(write, store.register, request, by=by, when=when)
        return contracts.PersonRequestKept(row.id, row.due_on)

    @answers(contracts.withdraw_my_request, callers=[PORTAL], right=family_without_agent)
    def withdraw_my_request(
        self, write: Write, request: contracts.RequestOfPerson, caller: Caller
    ) -> Empty:
        by, when = caller.subject, Instant.now()
        withdrawing.withdraw_own_request(write, request.person_request_id, by=by, when=when)
        return Empty()

    @answers(contracts.note_withdrawal, callers=[FRONT_DESK], right=answers_persons)
    def note_withdrawal(
        self, write: Write, request: contracts.NoteWithdrawalRequest, caller: Caller
    ) -> Empty:
        asked = request.person_request_id, request.said
        when = Instant.now()
        withdrawing.note_withdrawal_by_person(write, *asked, by=caller.subject, when=when)
        return Empty()

    @answers(contracts.record_person_request, callers=[FRONT_DESK], right=records_person_requests)
    def record_person_request(
        self, write: Write, request: contracts.RecordPersonRequestRequest, caller: Caller
    ) -> contracts.PersonRequestKept:
        by, when = caller.subject, Instant.now()
        row = filing.record_request_for_person(write, store.register, request, by=by, when=when)
        return contracts.PersonRequestKept(row.id, row.due_on)

    @answers(contracts.person_requests, callers=[FRONT_DESK], right=answers_persons)
    def person_requests(self, _request: Empty, caller: Caller) -> contracts.PersonRequestsAnswer:
        when = Instant.now()
        with store.read() as read:
            answer, named = requests.list_requests(read, when)
        log_reads_before_answer(caller, named, PERSON_REQUEST, when)
        return answer

    @answers(contracts.open_person_request, callers=[FRONT_DESK], right=answers_persons)
    def open_person_request(
        self, request: contracts.RequestOfPerson, caller: Caller
    ) -> contracts.OpenPersonRequestAnswer:
        when = Instant.now()
        with store.read() as read:
            answer, named = requests.request_with_named_child(read, request.person_request_id, when)
        log_reads_before_answer(caller, named, PERSON_REQUEST, when)
        return answer

    @answers(contracts.take_person_request, callers=[FRONT_DESK], right=answers_persons)
    def take_person_request(
        self, write: Write, request: contracts.RequestOfPerson, caller: Caller
    ) -> Empty:
        by, when = caller.subject, Instant.now()
        answering.take_request_in_hand(write, request.person_request_id, by=by, when=when)
        return Empty()

    @answers(contracts.note_proof, callers=[FRONT_DESK], right=answers_persons)
    def note_proof(self, write: Write, request: contracts.RequestOfPerson, caller: Caller) -> Empty:
        by, when = caller.subject, Instant.now()
        answering.note_identity_proof(write, request.person_request_id, by=by, when=when)
        return Empty()

    @answers(contracts.identify_person, callers=[FRONT_DESK], right=answers_persons)
    def identify_person(
        self, write: Write, request: contracts.IdentifyPersonRequest, caller: Caller
    ) -> contracts.IdentifyPersonAnswer:
        """Note who asks without an account; the child by whose file that was seen has its line."""
        when = Instant.now()
        found = identifying.identify_person(write, request, by=caller.subject, when=when)
        if found and found.child_id:
            log_reads_of_request(
                write,
                [found.child_id],
                PERSON_REQUEST,
                agent=caller.subject,
                role=caller.role,
                request_id=caller.request_id,
                when=when,
            )
        return contracts.IdentifyPersonAnswer(found is not None)

    @answers(contracts.prolong_person_request, callers=[FRONT_DESK], right=answers_persons)
    def prolong_person_request(
        self, write: Write, request: contracts.ProlongPersonRequestRequest, caller: Caller
    ) -> contracts.ProlongPersonRequestAnswer:
        asked = request.person_request_id, request.more, request.reason
        row = answering.prolong_answer_deadline(
            write, *asked, by=caller.subject, when=Instant.now()
        )
        return contracts.ProlongPersonRequestAnswer(row.due_on)

    @answers(contracts.copy_person_data, callers=[FRONT_DESK], right=answers_persons)
    def copy_person_data(
        self, request: contracts.CopyPersonDataRequest, caller: Caller
    ) -> contracts.CopyPersonDataAnswer:
        """Ask one service what it holds; the others' answers pass through and are not kept."""
        when = Instant.now()
        with store.read() as read:
            scope = scope_of_copy(read, request.person_request_id, when)
        if request.principal == DOSSIER:
            if not request.after:
                self._note_copy(request, scope, caller, when)
            with store.read() as read:
                rows = rows_of_dossier(read, request.person_request_id, scope, when)
                page = page_of_rows(rows, request.after)
        elif scope.person == contracts.CALLED:
            page = page_of_rows((), "")
        else:
            asked = replace(scope.asked, after=request.after)
            deadline = COPY_SECONDS
            page = self.bus.ask(held_of_person, asked, to=request.principal, deadline=deadline)
        return contracts.CopyPersonDataAnswer(rows=page.rows, next=page.next)

    @staticmethod
    def _note_copy(
        request: contracts.CopyPersonDataRequest, scope: Scope, caller: Caller, when: Instant
    ) -> None:
        with store.write() as write:
            answering.note_copy_gathered(
                write, request.person_request_id, by=caller.subject, when=when
            )
        log_reads_before_answer(caller, scope.children, PERSON_REQUEST, when)

    @answers(contracts.close_person_request, callers=[FRONT_DESK], right=answers_persons)
    def close_person_request(
        self, write: Write, request: contracts.ClosePersonRequestRequest, caller: Caller
    ) -> Empty:
        asked = request.person_request_id, request.outcome, request.text
        answering.close_request(write, *asked, by=caller.subject, when=Instant.now())
        return Empty()
