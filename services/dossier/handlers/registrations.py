"""Drafts of dossiers: for who holds reference and key, and for the desk that checks them."""

from types import SimpleNamespace
from typing import Any

from services.dossier.handlers.rights import checks_dossiers
from services.dossier.read_log.commands import front_desk
from services.dossier.read_log.commands.front_desk import log_reading
from services.dossier.registrations.commands import acceptance as accepting
from services.dossier.registrations.commands import links, papers, writing
from services.dossier.registrations.commands import taking_up as opening
from services.dossier.registrations.queries import front_desk as desk
from services.dossier.registrations.queries import links as links_queries
from services.dossier.registrations.queries import papers as papers_queries
from services.dossier.registrations.queries import registrations
from services.dossier.sharing.queries import reach_now
from services.dossier.store import store
from shared.bus import FRONT_DESK, PORTAL, Service, anonymous, answers
from shared.contracts.dossier import registrations as drafts
from shared.database import Write
from shared.dates.instant import When

Answer = dict[str, Any]


class Drafts(Service):
    """What somebody without an account begins, and the central desk accepts or refuses."""

    @answers(drafts.open_draft, callers=[PORTAL], right=anonymous)
    def open_draft(self, request: SimpleNamespace) -> Answer:
        with store.write() as write:
            return opening.open_draft(write, request, When.now())

    @answers(drafts.look_at_link, callers=[PORTAL], right=anonymous)
    def look_at_link(self, request: SimpleNamespace) -> Answer:
        with store.read() as read:
            return links_queries.look(read, request)

    @answers(drafts.take_up_draft, callers=[PORTAL], right=anonymous)
    def take_up_draft(self, write: Write, request: SimpleNamespace) -> Answer:
        links.take_up(write, request, When.now())
        return {}

    @answers(drafts.disown_draft, callers=[PORTAL], right=anonymous)
    def disown_draft(self, write: Write, request: SimpleNamespace) -> Answer:
        links.disown(write, request, When.now())
        return {}

    @answers(drafts.ask_for_link, callers=[PORTAL], right=anonymous)
    def ask_for_link(self, write: Write, request: SimpleNamespace) -> Answer:
        links.ask(write, request, When.now())
        return {}

    @answers(drafts.read_draft, callers=[PORTAL], right=anonymous)
    def read_draft(self, request: SimpleNamespace) -> Answer:
        with store.read() as read:
            return registrations.read_draft(read, request)

    @answers(drafts.save_draft, callers=[PORTAL], right=anonymous)
    def save_draft(self, write: Write, request: SimpleNamespace) -> Answer:
        writing.save_step(write, request, When.now())
        return {}

    @answers(drafts.add_paper, callers=[PORTAL], right=anonymous)
    def add_paper(self, write: Write, request: SimpleNamespace) -> Answer:
        return {"whole": papers.add_part(write, request, When.now())}

    @answers(drafts.drop_paper, callers=[PORTAL], right=anonymous)
    def drop_paper(self, write: Write, request: SimpleNamespace) -> Answer:
        papers.drop(write, request)
        return {}

    @answers(drafts.send_draft, callers=[PORTAL], right=anonymous)
    def send_draft(self, write: Write, request: SimpleNamespace) -> Answer:
        writing.send(write, request, When.now())
        return {}

    @answers(drafts.drop_draft, callers=[PORTAL], right=anonymous)
    def drop_draft(self, write: Write, request: SimpleNamespace) -> Answer:
        writing.take_back(write, request, When.now())
        return {}

    # For the central desk

    @answers(drafts.waiting_drafts, callers=[FRONT_DESK], right=checks_dossiers)
    def waiting_drafts(self, _request: SimpleNamespace) -> Answer:
        with store.read() as read:
            return {"drafts": desk.waiting(read)}

    @answers(drafts.look_at_draft, callers=[FRONT_DESK], right=checks_dossiers)
    def look_at_draft(self, request: SimpleNamespace) -> Answer:
        when = When.now()
        with store.read() as read:
            seen = desk.look(read, request.draft_id, when)
        log_reading(request, {each["child_id"] for each in seen["alike"]}, front_desk.NAMES, when)
        return seen

    @answers(drafts.draft_paper, callers=[FRONT_DESK], right=checks_dossiers)
    def draft_paper(self, request: SimpleNamespace) -> Answer:
        with store.read() as read:
            draft = desk.sent_draft(read, request.draft_id)
            return papers_queries.part_of(read, draft, request.paper_id, request.part)

    @answers(drafts.confirm_email, callers=[FRONT_DESK], right=checks_dossiers)
    def confirm_email(self, write: Write, request: SimpleNamespace) -> Answer:
        accepting.confirm_email(write, request, When.now())
        return {}

    @answers(drafts.accept_draft, callers=[FRONT_DESK], right=checks_dossiers)
    def accept_draft(self, write: Write, request: SimpleNamespace) -> Answer:
        return accepting.accept(write, reach_now(), store.register, request, When.now())

    @answers(drafts.refuse_draft, callers=[FRONT_DESK], right=checks_dossiers)
    def refuse_draft(self, write: Write, request: SimpleNamespace) -> Answer:
        accepting.refuse(write, request, When.now())
        return {}
