"""Passing between desks, for agents of several offices."""

from services.identity.accounts import queries
from services.identity.handlers.caller_rights import agent_itself, agent_of_office
from services.identity.handlers.office.office_of_request import calling_office, office_by_code
from services.identity.handlers.tokens import issue_account_token
from services.identity.sessions.commands import desk_passing
from services.identity.store import store
from shared.bus import FRONT_DESK, PROVIDERS, Service, anonymous, answers
from shared.contracts.identity import desk_passing as contracts
from shared.contracts.identity.sign_ins import OpenedSession
from shared.contracts.message import Caller, Empty
from shared.dates.clock import now, today


class Desks(Service):
    """One sign-in opens every desk at which an agent has a right."""

    @answers(contracts.my_desks, callers=[PROVIDERS, FRONT_DESK], right=agent_itself)
    def my_desks(self, _request: Empty, caller: Caller) -> contracts.MyDesksAnswer:
        """Answer with no desk to who came in to say yes, and cannot pass over from here yet."""
        with store.read() as read:
            held = queries.offices_with_right(read, caller.subject, today())
        if calling_office(caller).code not in held:
            return contracts.MyDesksAnswer([])
        running = store.register.running_offices
        return contracts.MyDesksAnswer([office.code for office in running if office.code in held])

    @answers(contracts.pass_over, callers=[PROVIDERS, FRONT_DESK], right=agent_of_office)
    def pass_over(
        self, request: contracts.PassOverRequest, caller: Caller
    ) -> contracts.PassOverAnswer:
        here, there = calling_office(caller), office_by_code(request.provider)
        with store.write() as write:
            code, until = desk_passing.create_code_to_pass_to_desk(
                write, caller.subject, here, there, now(), today()
            )
        return contracts.PassOverAnswer(code, until)

    @answers(contracts.enter, callers=[PROVIDERS, FRONT_DESK], right=anonymous)
    def enter(self, request: contracts.EnterRequest, caller: Caller) -> OpenedSession:
        office, azp = calling_office(caller), caller.principal
        with store.write() as write:
            passed = desk_passing.enter_with_code(
                write, request.code, azp, office.code, now(), today()
            )
        key, account = self.settings.token_signing_key, passed.account
        issued = issue_account_token(key, account, azp, passed.issued_at)
        return OpenedSession(
            session=passed.secret,
            token=issued.token,
            expires_at=issued.expires_at,
            subject=account.subject,
            kind=account.kind,
            name=account.name,
        )
