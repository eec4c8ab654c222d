"""Identification of a person without an account, by a paper of which the kind is kept."""

from services.dossier.data_protection.person_requests.commands.sealed_requests import (
    lock_open_request,
    note_act,
)
from services.dossier.data_protection.person_requests.queries.persons_without_account import (
    Found,
    only_person_fitting_words,
)
from services.dossier.data_protection.person_requests.queries.requests import (
    CONTENT,
    content_of_request,
)
from services.dossier.store import vault
from shared.contracts.dossier.data_protection.person_requests import (
    DOCUMENT,
    IDENTIFIED,
    SOUGHT,
    UNKNOWN,
    IdentifyPersonRequest,
)
from shared.contracts.errors import BadRequest
from shared.database import Write
from shared.dates.instant import Instant


def identify_person(
    write: Write, asked: IdentifyPersonRequest, *, by: str, when: Instant
) -> Found | None:
    """
    Note who asks, and return it; None where all of it fits nobody, or several.

    A try in vain leaves an act as well: who looked, when, and which kind of paper was seen, or
    names could be tried out unseen. Raises NotFound, RequestClosed, BadRequest. What was noted by
    mistake is replaced; both acts stay.
    """
    row = lock_open_request(write, asked.person_request_id)
    if row.asked_by:
        raise BadRequest(errors={UNKNOWN: ["the account says who it is"]})
    found = only_person_fitting_words(write, asked, when)
    if found is None:
        note_act(write, row, SOUGHT, by=by, when=when, text=asked.paper)
        return None
    row.person, row.paper, row.proof = asked.person, asked.paper, DOCUMENT
    row.person_id, row.file_id = found.person_id, found.file_id
    if found.file_id:
        content = {**content_of_request(row), "called": asked.name, "phone": asked.phone}
        row.content = vault.seal(row.id, CONTENT, content)
    write.flush()
    note_act(write, row, IDENTIFIED, by=by, when=when)
    return found
