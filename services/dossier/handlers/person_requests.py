"""Requests of persons on their data: who asks, who notes one for a person, and who answers."""

from types import SimpleNamespace
from typing import Any

from services.dossier.handlers.rights import answers_persons, family_alone, receives_requests
from services.dossier.person_requests.commands import answering, filing
from services.dossier.person_requests.queries import requests as shown
from services.dossier.read_log.commands.front_desk import log_reading
from services.dossier.read_log.rules.summary import PERSON_REQUEST
from services.dossier.store import store
from shared.bus import FRONT_DESK, PORTAL, Service, answers
from shared.contracts.dossier import person_requests as contracts
from shared.database import Write
from shared.dates.instant import When

Answer = dict[str, Any]


class PersonRequests(Service):
    """A guardian reads its own alone; what names somebody is not kept (no `writes`)."""

    @answers(contracts.my_person_requests, callers=[PORTAL], right=family_alone)
    def my_person_requests(self, request: SimpleNamespace) -> Answer:
        with store.read() as read:
            return {"requests": shown.mine(read, request.person.subject)}

    @answers(contracts.read_my_request, callers=[PORTAL], right=family_alone)
    def read_my_request(self, request: SimpleNamespace) -> Answer:
        with store.read() as read:
            return shown.one_of_mine(read, request.person_request_id, request.person.subject)

    @answers(contracts.file_person_request, callers=[PORTAL], right=family_alone)
    def file_person_request(self, write: Write, request: SimpleNamespace) -> Answer:
        by, when = request.person.subject, When.now()
        row = filing.file(write, store.register, request, by=by, when=when)
        return {"person_request_id": row.id, "due_on": row.due_on}

    @answers(contracts.record_person_request, callers=[FRONT_DESK], right=receives_requests)
    def record_person_request(self, write: Write, request: SimpleNamespace) -> Answer:
        by, when = request.person.subject, When.now()
        row = filing.record(write, store.register, request, by=by, when=when)
        return {"person_request_id": row.id, "due_on": row.due_on}

    @answers(contracts.person_requests, callers=[FRONT_DESK], right=answers_persons)
    def person_requests(self, request: SimpleNamespace) -> Answer:
        when = When.now()
        with store.read() as read:
            answer, named = shown.listed(read, when)
        log_reading(request, named, PERSON_REQUEST, when)
        return answer

    @answers(contracts.open_person_request, callers=[FRONT_DESK], right=answers_persons)
    def open_person_request(self, request: SimpleNamespace) -> Answer:
        when = When.now()
        with store.read() as read:
            answer, named = shown.opened(read, request.person_request_id, when)
        log_reading(request, named, PERSON_REQUEST, when)
        return answer

    @answers(contracts.take_person_request, callers=[FRONT_DESK], right=answers_persons)
    def take_person_request(self, write: Write, request: SimpleNamespace) -> Answer:
        by, when = request.person.subject, When.now()
        answering.take(write, request.person_request_id, by=by, when=when)
        return {}

    @answers(contracts.note_proof, callers=[FRONT_DESK], right=answers_persons)
    def note_proof(self, write: Write, request: SimpleNamespace) -> Answer:
        by, when = request.person.subject, When.now()
        answering.note_proof(write, request.person_request_id, by=by, when=when)
        return {}

    @answers(contracts.prolong_person_request, callers=[FRONT_DESK], right=answers_persons)
    def prolong_person_request(self, write: Write, request: SimpleNamespace) -> Answer:
        asked = request.person_request_id, request.more, request.reason
        row = answering.prolong(write, *asked, by=request.person.subject, when=When.now())
        return {"due_on": row.due_on}

    @answers(contracts.close_person_request, callers=[FRONT_DESK], right=answers_persons)
    def close_person_request(self, write: Write, request: SimpleNamespace) -> Answer:
        asked = request.person_request_id, request.outcome, request.text
        answering.close(write, *asked, by=request.person.subject, when=When.now())
        return {}
