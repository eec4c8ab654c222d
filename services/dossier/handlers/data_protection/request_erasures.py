"""Erasure that a person asked for: what of a file can go, and the act that lets it go."""

from services.dossier.data_protection.person_requests.commands import erasing
from services.dossier.data_protection.person_requests.queries.erasable_parts import parts_by_child
from services.dossier.handlers.caller_rights import answers_persons
from services.dossier.read_log.commands.front_desk_reads import log_reads_before_answer
from services.dossier.read_log.rules.summary_for_family import PERSON_REQUEST
from services.dossier.store import store
from shared.bus import FRONT_DESK, Service, answers
from shared.contracts.dossier.data_protection import request_erasures as contracts
from shared.contracts.dossier.data_protection.person_requests import RequestOfPerson
from shared.contracts.message import Caller
from shared.database import Write
from shared.dates.instant import Instant


class RequestErasures(Service):
    """Handlers for the office: which parts of a file there are, nothing of what stands in them."""

    @answers(contracts.erasable_parts, callers=[FRONT_DESK], right=answers_persons)
    def erasable_parts(
        self, request: RequestOfPerson, caller: Caller
    ) -> contracts.ErasablePartsAnswer:
        when = Instant.now()
        with store.read() as read:
            asked = request.person_request_id
            children, left_out = parts_by_child(read, store.register, asked, when)
        named = {each["child_id"] for each in children}
        log_reads_before_answer(caller, named, PERSON_REQUEST, when)
        return contracts.ErasablePartsAnswer(children, left_out)

    @answers(contracts.erase_parts, callers=[FRONT_DESK], right=answers_persons)
    def erase_parts(
        self, write: Write, request: contracts.ErasePartsRequest, caller: Caller
    ) -> contracts.ErasePartsAnswer:
        by, when = caller.subject, Instant.now()
        gone = erasing.erase_parts_of_file(write, store.register, request, by=by, when=when)
        return contracts.ErasePartsAnswer(gone)
