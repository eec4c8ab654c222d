"""Credentials of guardians, given or reset by the agents who check dossiers at the desk."""

from services.identity.accounts import queries
from services.identity.accounts.commands.publishing import publish_subject_changed
from services.identity.accounts.rules.account_kinds import FAMILY, fold_login
from services.identity.handlers.caller_rights import (
    answers_persons,
    checks_dossiers,
    corrects_dossiers,
)
from services.identity.invitations.commands import guardian_credentials
from services.identity.invitations.queries.open_guardian_codes import (
    guardians_with_unused_code,
    letter_lots_to_reprint,
)
from services.identity.openid.commands import unlink_account
from services.identity.second_factors.commands import change_record, factors
from services.identity.sessions.commands import signing_in
from services.identity.store import store
from shared.bus import FRONT_DESK, Service, answers
from shared.contracts.errors import NotFound
from shared.contracts.identity import accounts, invitations
from shared.contracts.identity.own_account import second_factors
from shared.contracts.message import Caller, Empty
from shared.database import Write
from shared.dates.clock import now, today


class Guardians(Service):
    """Answers with a secret are not kept (no `writes`)."""

    @answers(invitations.invite_guardian, callers=[FRONT_DESK], right=checks_dossiers)
    def invite_guardian(
        self, request: invitations.InviteGuardianRequest, _caller: Caller
    ) -> invitations.InviteGuardianAnswer:
        at = now()
        with store.write() as write:
            account = guardian_credentials.find_or_make_account(
                write, request.guardian_id, request.name, request.email, at
            )
            if request.login_is_wrong:
                guardian_credentials.replace_wrong_login(write, account, at)
            code, expires_at = guardian_credentials.invite_guardian(
                write, account, request.email, at
            )
            publish_subject_changed(write, account, store.register, today())
        return invitations.InviteGuardianAnswer(account.login, code, expires_at)

    @answers(invitations.invite_guardians, callers=[FRONT_DESK], right=checks_dossiers)
    def invite_guardians(
        self, request: invitations.InviteGuardiansRequest, caller: Caller
    ) -> invitations.InviteGuardiansAnswer:
        people = {row["guardian_id"]: row["name"] for row in request.guardians}
        with store.write() as write:
            invited = guardian_credentials.invite_guardians_by_letter(
                write,
                people,
                now(),
                by=caller.subject,
                again=request.again,
                in_place_of=request.in_place_of,
            )
            for account, _, _ in invited.values():
                publish_subject_changed(write, account, store.register, today())
        letters = [(guardian_id, *invited[guardian_id]) for guardian_id in people]
        return invitations.InviteGuardiansAnswer(
            [
                invitations.AccessLetter(
                    guardian_id=guardian_id, login=account.login, code=code, expires_at=expires_at
                )
                for guardian_id, account, code, expires_at in letters
            ]
        )

    @answers(invitations.letter_lots, callers=[FRONT_DESK], right=checks_dossiers)
    def letter_lots(self, _request: Empty, _caller: Caller) -> invitations.LetterLotsAnswer:
        with store.read() as read:
            return invitations.LetterLotsAnswer(letter_lots_to_reprint(read, now()))

    @answers(invitations.letter_lot, callers=[FRONT_DESK], right=checks_dossiers)
    def letter_lot(
        self, request: invitations.LetterLotRequest, _caller: Caller
    ) -> invitations.LetterLotAnswer:
        with store.read() as read:
            return invitations.LetterLotAnswer(guardians_with_unused_code(read, request.lot, now()))

    @answers(accounts.guardian_by_email, callers=[FRONT_DESK], right=corrects_dossiers)
    def guardian_by_email(
        self, request: accounts.GuardianByEmailRequest, _caller: Caller
    ) -> accounts.GuardianByEmailAnswer:
        with store.read() as read:
            account = queries.account_by_login(read, FAMILY, fold_login(request.email))
            in_use = account if account and account.active else None
            return accounts.GuardianByEmailAnswer(in_use.subject if in_use else None)

    @answers(accounts.reached_by_email, callers=[FRONT_DESK], right=answers_persons)
    def reached_by_email(
        self, request: accounts.ReachedByEmailRequest, _caller: Caller
    ) -> accounts.ReachedByEmailAnswer:
        """Say of each of these guardians whether e-mails reach it, for letters of a breach."""
        with store.read() as read:
            reached = queries.guardians_reached(read, request.guardian_ids)
        return accounts.ReachedByEmailAnswer(reached)

    @answers(second_factors.reset_factors, callers=[FRONT_DESK], right=checks_dossiers)
    def reset_factors(
        self, write: Write, request: second_factors.ResetFactorsRequest, caller: Caller
    ) -> second_factors.ResetFactorsAnswer:
        account = queries.lock_accounts(write, [request.guardian]).get(request.guardian)
        if account is None or account.kind != FAMILY:
            raise NotFound(guardian=request.guardian)
        linked = unlink_account(write, account.subject)
        if not factors.remove_factors(write, account) and not linked:
            return second_factors.ResetFactorsAnswer(reset=False, notified=False)
        at = now()
        signing_in.end_sessions(write, account, at)
        signing_in.refuse_issued_tokens(write, account, at)
        publish_subject_changed(write, account, store.register, today())
        notified = change_record.note_change_at_counter(
            write, account.subject, second_factors.RESET, at, caller.subject, request.paper
        )
        return second_factors.ResetFactorsAnswer(reset=True, notified=notified)
