"""One's own access, of families and agents: another password, and the end of sessions elsewhere."""

from services.identity.accounts import queries
from services.identity.accounts.commands.publishing import publish_subject_changed
from services.identity.accounts.rules import passwords
from services.identity.accounts.rules.account_kinds import AGENT
from services.identity.handlers.caller_rights import person_itself
from services.identity.handlers.password_check import (
    check_password,
    check_repeated_password,
    make_door_of_person,
)
from services.identity.handlers.tokens import make_new_session_answer
from services.identity.mail.commands.queueing import queue_email_of_password_change
from services.identity.models import Account
from services.identity.own_email.queries.unproven_addresses import email_asked_and_unproven
from services.identity.second_factors.queries import second_factor_kinds_of
from services.identity.sessions.commands import sign_in_tries, signing_in
from services.identity.sessions.commands.signing_in import Begun
from services.identity.sessions.queries.own_sessions import open_sessions_of_person
from services.identity.store import store
from shared.bus import FRONT_DESK, PORTAL, PROVIDERS, Service, answers
from shared.bus.native_threads import run_in_native_thread
from shared.contracts.identity import sign_ins
from shared.contracts.identity.accounts import WeakPassword
from shared.contracts.identity.own_account import password_and_sessions as own_access
from shared.contracts.message import Caller, Empty
from shared.dates.clock import now, today


class OwnAccess(Service):
    """Only the person, never an agent who accompanies; answers with a secret are not kept."""

    @answers(own_access.my_access, callers=[PORTAL, PROVIDERS, FRONT_DESK], right=person_itself)
    def my_access(
        self, request: sign_ins.SessionRequest, caller: Caller
    ) -> own_access.OwnAccessAnswer:
        with store.read() as read:
            account, at = read.get_one(Account, caller.subject), now()
            return own_access.OwnAccessAnswer(
                account.login,
                open_sessions_of_person(read, account, request.session, at),
                queries.proven_address_of_person(account),
                email_asked_and_unproven(read, caller.subject, at),
            )

    @answers(own_access.prove_password, callers=[PROVIDERS, FRONT_DESK], right=person_itself)
    def prove_password(self, request: own_access.ProvePasswordRequest, caller: Caller) -> Empty:
        check_repeated_password(make_door_of_person(request, caller), request.password)
        return Empty()

    @answers(
        own_access.change_password, callers=[PORTAL, PROVIDERS, FRONT_DESK], right=person_itself
    )
    def change_password(
        self, request: own_access.ChangePasswordRequest, caller: Caller
    ) -> sign_ins.SignInAnswer:
        door = make_door_of_person(request, caller)
        if passwords.is_too_weak(request.password, caller.kind, door.login):
            raise WeakPassword(least=passwords.LEAST[caller.kind])
        known, taken, _ = check_password(door, request.former)
        hashed = run_in_native_thread(passwords.hash_password, request.password)
        at = now()
        with store.write() as write:
            account = signing_in.lock_unchanged_account(write, known)
            signing_in.refuse_without_right_at_door(write, account, door.provider, at, today())
            sign_in_tries.forget_tries(write, door, taken)
            account.password_hash = hashed
            begun = signing_in.end_all_and_open_session(write, account, caller.principal, at)
            publish_subject_changed(write, account, store.register, today())
            queue_email_of_password_change(write, account, at)
            proven = account.kind == AGENT or not second_factor_kinds_of(write, account)
        return self._new_session_answer(account, begun, caller.principal, proven)

    @answers(
        own_access.end_other_sessions, callers=[PORTAL, PROVIDERS, FRONT_DESK], right=person_itself
    )
    def end_other_sessions(
        self, request: sign_ins.SessionRequest, caller: Caller
    ) -> sign_ins.SignInAnswer:
        at, azp = now(), caller.principal
        with store.write() as write:
            account = queries.lock_account(write, caller.subject)
            since = signing_in.start_of_open_session(write, account, request.session, azp, at)
            begun = signing_in.end_all_and_open_session(write, account, azp, at, since)
            publish_subject_changed(write, account, store.register, today())
        return self._new_session_answer(account, begun, caller.principal, proven=False)

    def _new_session_answer(
        self, account: Account, begun: Begun, azp: str, proven: bool
    ) -> sign_ins.SignInAnswer:
        key = self.settings.token_signing_key
        return make_new_session_answer(
            key, account, azp, begun.secret, begun.issued_at, begun.device, proven
        )
