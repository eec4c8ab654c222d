"""Requests on papers and consents: of guardians, and of agents of providers."""

from services.dossier.handlers.caller_rights import guardian_without_agent, may_role_see_projection
from services.dossier.households.queries import protection
from services.dossier.households.queries.ids_of_joined_files import kept_id_of
from services.dossier.papers.commands import consents, papers
from services.dossier.papers.commands.paper_reads import log_paper_read
from services.dossier.papers.queries import consents as consent_queries
from services.dossier.papers.queries import papers as paper_queries
from services.dossier.sharing.queries.current_access_policy import current_policy
from services.dossier.store import store
from shared.bus import PORTAL, PROVIDERS, Service, answers
from shared.contracts.dossier.papers import child_papers as contracts
from shared.contracts.message import Caller, Empty
from shared.contracts.values import OfChild
from shared.database import Write
from shared.dates.instant import Instant


class Papers(Service):
    """A family keeps a paper once; who is entitled to it reads it, and checks it for all."""

    @answers(contracts.child_papers, callers=[PORTAL], right=guardian_without_agent)
    def child_papers(self, request: OfChild, caller: Caller) -> contracts.ChildPapersAnswer:
        with store.read() as read:
            return contracts.ChildPapersAnswer(
                paper_queries.papers_for_guardian(
                    read, request.child_id, caller.subject, Instant.now().day
                )
            )

    @answers(contracts.keep_paper, callers=[PORTAL], right=guardian_without_agent)
    def keep_paper(
        self, write: Write, request: contracts.KeepPaperRequest, caller: Caller
    ) -> contracts.KeepPaperAnswer:
        by, child_id = caller.subject, request.child_id
        kept = papers.keep_paper_part(write, current_policy(), request, by=by, when=Instant.now())
        shown = protection.recipients_shown(write, child_id, by, kept.recipients)
        return contracts.KeepPaperAnswer(kept.whole, sorted(shown))

    @answers(contracts.paper_part, callers=[PORTAL], right=guardian_without_agent)
    def paper_part(
        self, request: contracts.PaperPartRequest, caller: Caller
    ) -> contracts.PaperPartAnswer:
        with store.read() as read:
            return paper_queries.paper_part_for_guardian(read, request, caller.subject)

    @answers(contracts.drop_kept_paper, callers=[PORTAL], right=guardian_without_agent)
    def drop_kept_paper(self, write: Write, request: contracts.OfPaper, caller: Caller) -> Empty:
        by, when = caller.subject, Instant.now()
        papers.drop_paper(write, current_policy(), request, by=by, when=when)
        return Empty()

    @answers(contracts.read_paper, callers=[PROVIDERS], right=may_role_see_projection)
    def read_paper(
        self, write: Write, request: contracts.ReadPaperRequest, caller: Caller
    ) -> contracts.PaperPartAnswer:
        policy, when = current_policy(), Instant.now()
        provider = policy.provider_of(caller.principal)
        paper = paper_queries.require_current_paper_at_provider(
            write, policy, provider, request, when
        )
        log_paper_read(write, provider, request, caller.request_id, when)
        return paper_queries.part_of_paper_file(write, paper["id"], request.part)

    @answers(contracts.decide_paper, callers=[PROVIDERS], right=may_role_see_projection)
    def decide_paper(
        self, write: Write, request: contracts.DecidePaperRequest, caller: Caller
    ) -> Empty:
        policy, when = current_policy(), Instant.now()
        provider = policy.provider_of(caller.principal)
        paper = paper_queries.require_current_paper_at_provider(
            write, policy, provider, request, when
        )
        papers.decide_paper(
            write,
            policy,
            paper,
            request,
            office=provider,
            kept_child_id=kept_id_of(write, request.child_id),
            by=request.reader,
            when=when,
        )
        return Empty()

    @answers(contracts.child_consents, callers=[PORTAL], right=guardian_without_agent)
    def child_consents(self, request: OfChild, caller: Caller) -> contracts.ChildConsentsAnswer:
        with store.read() as read:
            return consent_queries.consents_for_guardian(
                read, request.child_id, caller.subject, Instant.now().day
            )

    @answers(contracts.say_consent, callers=[PORTAL], right=guardian_without_agent)
    def say_consent(
        self, write: Write, request: contracts.SayConsentRequest, caller: Caller
    ) -> Empty:
        by, when = caller.subject, Instant.now()
        consents.record_consent_of_guardian(write, current_policy(), request, by=by, when=when)
        return Empty()
