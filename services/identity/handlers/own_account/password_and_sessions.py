"""One's own access, of families and agents: another password, and the end of sessions elsewhere."""

from services.identity.accounts import queries
from services.identity.accounts.commands.publishing import publish_subject_changed
from services.identity.accounts.rules import passwords
from services.identity.accounts.rules.accounts import AGENT
from services.identity.handlers.caller_rights import person_itself
from services.identity.handlers.password_check import (
    check_password,
    door_of_person,
    prove_password,
)
from services.identity.handlers.tokens import session_answer
from services.identity.mail.commands import queue_password_changed
from services.identity.models import Account
from services.identity.own_email.queries import asked_email
from services.identity.second_factors.queries import ways_of
from services.identity.sessions.commands import sign_in_tries, signing_in
from services.identity.sessions.commands.signing_in import Begun
from services.identity.sessions.queries.own_sessions import open_sessions
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
                open_sessions(read, account, request.session, at),
                queries.address_of_account(account),
                asked_email(read, caller.subject, at),
            )

    @answers(own_access.prove_password, callers=[PROVIDERS, FRONT_DESK], right=person_itself)
    def prove_password(self, request: own_access.ProvePasswordRequest, caller: Caller) -> Empty:
        prove_password(door_of_person(request, caller), request.password)
        return Empty()

    @answers(
        own_access.change_password, callers=[PORTAL, PROVIDERS, FRONT_DESK], right=person_itself
    )
    def change_password(
        self, request: own_access.ChangePasswordRequest, caller: Caller
    ) -> sign_ins.SignInAnswer:
        door = door_of_person(request, caller)
        if passwords.is_too_weak(request.password, caller.kind, door.login):
            raise WeakPassword(least=passwords.LEAST[caller.kind])
        known, taken, _ = check_password(door, request.former)
        hashed = run_in_native_thread(passwords.hash_password, request.password)
        at = now()
        with store.write() as write:
            account = signing_in.lock_unchanged_account(write, known)
            signing_in.require_entitled(write, account, door.provider, at, today())
            sign_in_tries.forget_tries(write, door, taken)
            account.password_hash = hashed
            begun = signing_in.begin_anew(write, account, caller.principal, at)
            publish_subject_changed(write, account, store.register, today())
            queue_password_changed(write, account, at)
            proven = account.kind == AGENT or not ways_of(write, account)
        return self._answer(account, begun, caller.principal, proven)

    @answers(
        own_access.end_other_sessions, callers=[PORTAL, PROVIDERS, FRONT_DESK], right=person_itself
    )
    def end_other_sessions(
        self, request: sign_ins.SessionRequest, caller: Caller
    ) -> sign_ins.SignInAnswer:
        at, azp = now(), caller.principal
        with store.write() as write:
            account = queries.locked_account(write, caller.subject)
            since = signing_in.opened_at_of(write, account, request.session, azp, at)
            begun = signing_in.begin_anew(write, account, azp, at, since)
            publish_subject_changed(write, account, store.register, today())
        return self._answer(account, begun, caller.principal, proven=False)

    def _answer(
        self, account: Account, begun: Begun, azp: str, proven: bool
    ) -> sign_ins.SignInAnswer:
        key = self.settings.token_signing_key
        return session_answer(
            key, account, azp, begun.secret, begun.issued_at, begun.device, proven
        )
