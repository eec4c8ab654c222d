"""What operations bring in of another software's families, and what waits for somebody to look."""

from types import SimpleNamespace
from typing import Any

from services.dossier.family_imports.commands import decisions as deciding
from services.dossier.family_imports.commands import importing as bringing
from services.dossier.family_imports.commands import letter_stops as stopping
from services.dossier.family_imports.commands import undoing
from services.dossier.family_imports.queries import decisions as deciding_queries
from services.dossier.family_imports.queries import importing as bringing_queries
from services.dossier.family_imports.queries import invitations as inviting
from services.dossier.family_imports.queries.references import ids_of
from services.dossier.handlers.rights import checks_dossiers
from services.dossier.models.family_imports import CHILD, HOUSEHOLD
from services.dossier.read_log.commands import front_desk
from services.dossier.read_log.commands.front_desk import log_reading
from services.dossier.retention.commands import shred_keys
from services.dossier.sharing.queries import reach_now
from services.dossier.store import store
from shared.bus import FRONT_DESK, OPS, Service, answers, service_only
from shared.contracts.dossier import family_imports as contracts
from shared.database import Write
from shared.dates.instant import When

Answer = dict[str, Any]

_KINDS = {contracts.HOUSEHOLDS: HOUSEHOLD, contracts.CHILDREN: CHILD}


class Arrivals(Service):
    """Asked by the `preau` command, which reads no name back, and by the front desk."""

    @answers(contracts.check_families, callers=[OPS], right=service_only)
    def check_families(self, request: SimpleNamespace) -> Answer:
        """Of the families nothing is written; whom a doubt names has a line in its read log."""
        reach, when = reach_now(), When.now()
        with store.read() as read:
            found = [
                bringing_queries.consider(read, reach, request.batch, row, when)
                for row in request.families
            ]
            said = [bringing_queries.as_answer(read, each) for each in found]
        known = {doubt["known"] for each in said for doubt in each["doubts"]}
        if known:
            with store.write() as write:
                bringing.log_names(write, known, when)
        return {"families": said}

    @answers(contracts.bring_families, callers=[OPS], right=service_only)
    def bring_families(self, write: Write, request: SimpleNamespace) -> Answer:
        reach, when = reach_now(), When.now()
        found = [
            bringing.bring(
                write, reach, request.batch, row, request_id=request.request_id, when=when
            )
            for row in request.families
        ]
        return {"families": [bringing_queries.as_answer(write, each) for each in found]}

    @answers(contracts.waiting_families, callers=[OPS], right=service_only)
    def waiting_families(self, request: SimpleNamespace) -> Answer:
        with store.read() as read:
            return {"doubts": deciding_queries.waiting(read, request.batch)}

    @answers(contracts.decide_arrival, callers=[OPS], right=service_only)
    def decide_arrival(self, write: Write, request: SimpleNamespace) -> Answer:
        deciding.decide(write, request, When.now(), decided_by=request.decided_by)
        return {}

    @answers(contracts.doubtful_arrivals, callers=[FRONT_DESK], right=checks_dossiers)
    def doubtful_arrivals(self, request: SimpleNamespace) -> Answer:
        when = When.now()
        with store.read() as read:
            waiting = deciding_queries.doubtful(read, when.day)
        shown = {each["child_id"] for child in waiting for each in child["candidates"]}
        log_reading(request, shown, front_desk.NAMES, when)
        return {"children": waiting}

    @answers(contracts.settle_arrival, callers=[FRONT_DESK], right=checks_dossiers)
    def settle_arrival(self, write: Write, request: SimpleNamespace) -> Answer:
        deciding.decide(write, request, When.now(), decided_by=request.person.subject)
        return {}

    @answers(contracts.guardians_to_invite, callers=[FRONT_DESK], right=checks_dossiers)
    def guardians_to_invite(self, _request: SimpleNamespace) -> Answer:
        with store.read() as read:
            return inviting.to_invite(read, When.now())

    @answers(contracts.letters_to_write, callers=[FRONT_DESK], right=checks_dossiers)
    def letters_to_write(self, request: SimpleNamespace) -> Answer:
        when = When.now()
        with store.read() as read:
            letters = inviting.letters_to(read, request.guardian_ids, when)
            shown = inviting.children_of(read, letters, when.day)
        log_reading(request, shown, front_desk.ADDRESS, when, front_desk.BY_LETTER)
        return {"guardians": [letter.as_answer() for letter in letters]}

    @answers(contracts.stop_letters, callers=[FRONT_DESK], right=checks_dossiers)
    def stop_letters(self, write: Write, request: SimpleNamespace) -> Answer:
        by, when = request.person.subject, When.now()
        stopping.stop(write, request.household_id, request.why, by=by, when=when)
        return {}

    @answers(contracts.resume_letters, callers=[FRONT_DESK], right=checks_dossiers)
    def resume_letters(self, write: Write, request: SimpleNamespace) -> Answer:
        stopping.resume(write, request.household_id, by=request.person.subject, when=When.now())
        return {}

    @answers(contracts.arrived, callers=[OPS], right=service_only)
    def arrived(self, request: SimpleNamespace) -> Answer:
        with store.read() as read:
            return {"ids": ids_of(read, _KINDS[request.of], request.references)}

    @answers(contracts.undo_families, callers=[OPS], right=service_only)
    def undo_families(self, request: SimpleNamespace) -> Answer:
        """Keys are destroyed after the commit: what a crash leaves of them opens nothing."""
        with store.write() as write:
            undone = undoing.undo(write, reach_now(), request.batch, request.after, When.now())
        for erased in undone.erased:
            shred_keys(erased)
        return {"removed": undone.removed, "kept": undone.kept, "next": undone.next}
