"""Administrators at the town's word and the state of the e-mails, for operations."""

from services.identity.accounts import queries
from services.identity.accounts.commands.publishing import publish_subject_changed
from services.identity.accounts.rules import account_kinds
from services.identity.accounts.rules.dated_rights import ADMINISTRATOR, Period, Right
from services.identity.agents.commands import agents, rights_awaiting_holder
from services.identity.agents.commands import codes_issued_by_operations as commands
from services.identity.agents.queries.codes_issued_by_operations import page_of_codes_by_town
from services.identity.handlers.office.office_of_request import office_by_code
from services.identity.mail.commands.queueing import queue_uncertain_again
from services.identity.mail.queries.email_counts import count_emails
from services.identity.store import store
from shared.bus import OPS, Service, answers, service_only
from shared.contracts.identity import codes_issued_by_operations, email_counts
from shared.contracts.message import Caller, Empty
from shared.contracts.values import PageRequest
from shared.database import Write
from shared.dates.clock import now, today


class Operations(Service):
    """Answers with a secret are not kept (no `writes`)."""

    @answers(codes_issued_by_operations.invite_administrator, callers=[OPS], right=service_only)
    def invite_administrator(
        self, request: codes_issued_by_operations.InviteAdministratorRequest, _caller: Caller
    ) -> codes_issued_by_operations.InviteAdministratorAnswer:
        office = office_by_code(request.provider)
        named, at = office.administrator, now()
        with store.write() as write:
            if queries.has_administrator_ever_signed_in(write, office.code):
                return codes_issued_by_operations.InviteAdministratorAnswer(
                    account_kinds.fold_login(named.login), "", None
                )
            account = agents.find_or_make_account(write, named.login, named.name, at)
            former = agents.withdraw_former_administrators(write, office.code, account.subject, at)
            rights_awaiting_holder.withdraw_offers_of_town(write, office.code, account.subject, at)
            day = today()
            requested = [Right(ADMINISTRATOR, Period(day))]
            given = rights_awaiting_holder.give_or_offer_rights(
                write, account, office, named.name, requested, at, day, by=None
            )
            for changed in (account, *former):
                publish_subject_changed(write, changed, store.register, today())
        return codes_issued_by_operations.InviteAdministratorAnswer(
            account.login, given.code, given.expires_at
        )

    @answers(
        codes_issued_by_operations.invite_administrator_again, callers=[OPS], right=service_only
    )
    def invite_administrator_again(
        self, request: codes_issued_by_operations.InviteAdministratorAgainRequest, _caller: Caller
    ) -> codes_issued_by_operations.InviteAdministratorAgainAnswer:
        asked, register = _make_code_request(request), store.register.now
        with store.write() as write:
            given = commands.reinvite_administrator(write, request.login, asked, register)
            publish_subject_changed(write, given.account, store.register, today())
        return codes_issued_by_operations.InviteAdministratorAgainAnswer(
            given.account.name, given.code, given.expires_at, given.notified
        )

    @answers(codes_issued_by_operations.invite_successor, callers=[OPS], right=service_only)
    def invite_successor(
        self, request: codes_issued_by_operations.InviteSuccessorRequest, _caller: Caller
    ) -> codes_issued_by_operations.InviteSuccessorAnswer:
        asked, register = _make_code_request(request), store.register.now
        to = request.login, request.name
        with store.write() as write:
            succession = commands.replace_administrator(
                write, request.in_place_of, to, asked, register
            )
            for changed in (succession.account, succession.former):
                publish_subject_changed(write, changed, store.register, today())
        return codes_issued_by_operations.InviteSuccessorAnswer(
            name=succession.account.name,
            former=succession.former.name,
            code=succession.code,
            expires_at=succession.expires_at,
            active=succession.account.active,
            notified=succession.notified,
        )

    @answers(codes_issued_by_operations.codes_by_town, callers=[OPS], right=service_only)
    def codes_by_town(
        self, request: PageRequest, _caller: Caller
    ) -> codes_issued_by_operations.CodesByTownAnswer:
        with store.read() as read:
            return page_of_codes_by_town(read, request.after)

    @answers(email_counts.post_state, callers=[OPS], right=service_only)
    def post_state(self, _request: Empty, _caller: Caller) -> email_counts.PostStateAnswer:
        with store.read() as read:
            return count_emails(read)

    @answers(email_counts.send_uncertain_again, callers=[OPS], right=service_only)
    def send_uncertain_again(
        self, write: Write, _request: Empty, _caller: Caller
    ) -> email_counts.SentAgainAnswer:
        return email_counts.SentAgainAnswer(queue_uncertain_again(write, now()))


def _make_code_request(
    request: codes_issued_by_operations.InviteAdministratorAgainRequest
    | codes_issued_by_operations.InviteSuccessorRequest,
) -> commands.Asked:
    return commands.Asked(
        office_by_code(request.office),
        request.asked_by,
        request.reason,
        request.despite_others,
        now(),
        today(),
    )
