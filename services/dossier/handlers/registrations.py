"""Drafts of dossiers: for the holder of reference and key, and for the desk that checks them."""

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
from shared.contracts.message import Caller, Empty
from shared.database import Write
from shared.dates.instant import When


class Drafts(Service):
    """Drafts of families without an account, which the central desk accepts or refuses."""

    @answers(drafts.open_draft, callers=[PORTAL], right=anonymous)
    def open_draft(
        self, request: drafts.OpenDraftRequest, _caller: Caller
    ) -> drafts.OpenDraftAnswer:
        with store.write() as write:
            return opening.open_draft(write, request, When.now())

    @answers(drafts.look_at_link, callers=[PORTAL], right=anonymous)
    def look_at_link(self, request: drafts.DraftBearer, _caller: Caller) -> drafts.LookAtLinkAnswer:
        with store.read() as read:
            return links_queries.look(read, request)

    @answers(drafts.take_up_draft, callers=[PORTAL], right=anonymous)
    def take_up_draft(
        self, write: Write, request: drafts.TakeUpDraftRequest, _caller: Caller
    ) -> Empty:
        links.take_up(write, request, When.now())
        return Empty()

    @answers(drafts.disown_draft, callers=[PORTAL], right=anonymous)
    def disown_draft(self, write: Write, request: drafts.DraftBearer, _caller: Caller) -> Empty:
        links.disown(write, request, When.now())
        return Empty()

    @answers(drafts.ask_for_link, callers=[PORTAL], right=anonymous)
    def ask_for_link(
        self, write: Write, request: drafts.AskForLinkRequest, _caller: Caller
    ) -> Empty:
        links.ask(write, request.email, When.now())
        return Empty()

    @answers(drafts.read_draft, callers=[PORTAL], right=anonymous)
    def read_draft(self, request: drafts.DraftBearer, _caller: Caller) -> drafts.ReadDraftAnswer:
        with store.read() as read:
            return registrations.read_draft(read, request)

    @answers(drafts.save_draft, callers=[PORTAL], right=anonymous)
    def save_draft(self, write: Write, request: drafts.SaveDraftRequest, _caller: Caller) -> Empty:
        writing.save_step(write, request, When.now())
        return Empty()

    @answers(drafts.add_paper, callers=[PORTAL], right=anonymous)
    def add_paper(
        self, write: Write, request: drafts.AddPaperRequest, _caller: Caller
    ) -> drafts.AddPaperAnswer:
        return drafts.AddPaperAnswer(whole=papers.add_part(write, request, When.now()))

    @answers(drafts.drop_paper, callers=[PORTAL], right=anonymous)
    def drop_paper(self, write: Write, request: drafts.DropPaperRequest, _caller: Caller) -> Empty:
        papers.drop(write, request)
        return Empty()

    @answers(drafts.send_draft, callers=[PORTAL], right=anonymous)
    def send_draft(self, write: Write, request: drafts.DraftBearer, _caller: Caller) -> Empty:
        writing.send(write, request, When.now())
        return Empty()

    @answers(drafts.drop_draft, callers=[PORTAL], right=anonymous)
    def drop_draft(self, write: Write, request: drafts.DraftBearer, _caller: Caller) -> Empty:
        writing.take_back(write, request, When.now())
        return Empty()

    # For the central desk

    @answers(drafts.waiting_drafts, callers=[FRONT_DESK], right=checks_dossiers)
    def waiting_drafts(self, _request: Empty, _caller: Caller) -> drafts.WaitingDraftsAnswer:
        with store.read() as read:
            return drafts.WaitingDraftsAnswer(desk.waiting(read))

    @answers(drafts.look_at_draft, callers=[FRONT_DESK], right=checks_dossiers)
    def look_at_draft(
        self, request: drafts.LookAtDraftRequest, caller: Caller
    ) -> drafts.LookAtDraftAnswer:
        when = When.now()
        with store.read() as read:
            draft = desk.look(read, request.draft_id, when)
        shown = {child["child_id"] for child in draft.alike}
        log_reading(caller, shown, front_desk.NAMES, when)
        return draft

    @answers(drafts.draft_paper, callers=[FRONT_DESK], right=checks_dossiers)
    def draft_paper(
        self, request: drafts.DraftPaperRequest, _caller: Caller
    ) -> drafts.DraftPaperAnswer:
        with store.read() as read:
            draft = desk.sent_draft(read, request.draft_id)
            return papers_queries.part_of(read, draft, request.paper_id, request.part)

    @answers(drafts.confirm_email, callers=[FRONT_DESK], right=checks_dossiers)
    def confirm_email(
        self, write: Write, request: drafts.ConfirmEmailRequest, caller: Caller
    ) -> Empty:
        accepting.confirm_email(write, request, by=caller.subject, when=When.now())
        return Empty()

    @answers(drafts.accept_draft, callers=[FRONT_DESK], right=checks_dossiers)
    def accept_draft(
        self, write: Write, request: drafts.AcceptDraftRequest, caller: Caller
    ) -> drafts.AcceptDraftAnswer:
        reach, by = reach_now(), caller.subject
        return accepting.accept(write, reach, store.register, request, by=by, when=When.now())

    @answers(drafts.refuse_draft, callers=[FRONT_DESK], right=checks_dossiers)
    def refuse_draft(
        self, write: Write, request: drafts.RefuseDraftRequest, caller: Caller
    ) -> Empty:
        accepting.refuse(write, request, by=caller.subject, when=When.now())
        return Empty()
