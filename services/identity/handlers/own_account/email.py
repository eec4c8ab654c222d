"""One's own e-mail address: asked for, proven, given up, or refused from the mailbox of before."""

from services.identity.accounts import queries
from services.identity.accounts.commands.publishing import publish_subject_changed
from services.identity.handlers.caller_rights import person_itself
from services.identity.handlers.tokens import make_new_session_answer
from services.identity.own_email import commands as email_changes
from services.identity.sessions.commands import signing_in
from services.identity.store import store
from shared.bus import FRONT_DESK, PORTAL, PROVIDERS, Service, anonymous, answers
from shared.contracts.identity import sign_ins
from shared.contracts.identity.own_account import email as own_email
from shared.contracts.message import Caller, Empty
from shared.database import Write
from shared.dates.clock import now, today

DOORS = [PORTAL, PROVIDERS, FRONT_DESK]


class OwnEmail(Service):
    """Only the person, never an agent who accompanies; answers with a secret are not kept."""

    @answers(own_email.ask_email, callers=DOORS, right=person_itself)
    def ask_email(self, request: own_email.AskEmailRequest, caller: Caller) -> Empty:
        with store.write() as write:
            account = queries.lock_account(write, caller.subject)
            email_changes.ask_for_email(write, account, request.email, now())
        return Empty()

    @answers(own_email.prove_email, callers=DOORS, right=person_itself)
    def prove_email(
        self, request: own_email.ProveEmailRequest, caller: Caller
    ) -> sign_ins.SignInAnswer:
        azp, at = caller.principal, now()
        with store.write() as write:
            refusal = email_changes.count_try_of_email_code(write, caller.subject, request.code, at)
        if refusal is not None:
            raise refusal
        with store.write() as write:
            account = queries.lock_account(write, caller.subject)
            since = signing_in.start_of_open_session(write, account, request.session, azp, at)
            email_changes.take_proven_email(write, account, request.code, at)
            begun = signing_in.end_all_and_open_session(write, account, azp, at, since)
            publish_subject_changed(write, account, store.register, today())
        key = self.settings.token_signing_key
        return make_new_session_answer(
            key, account, azp, begun.secret, begun.issued_at, begun.device
        )

    @answers(own_email.drop_email, callers=DOORS, right=person_itself)
    def drop_email(self, write: Write, _request: Empty, caller: Caller) -> Empty:
        email_changes.end_email_change(write, caller.subject)
        return Empty()

    @answers(own_email.refuse_email, callers=[PORTAL], right=anonymous)
    def refuse_email(
        self, request: own_email.RefuseEmailRequest, _caller: Caller
    ) -> own_email.RefuseEmailAnswer:
        with store.write() as write:
            account, code = email_changes.stop_unwanted_email_change(write, request.key, now())
            publish_subject_changed(write, account, store.register, today())
        return own_email.RefuseEmailAnswer(code)
