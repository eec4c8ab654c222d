"""A family's own session at the front desk, opened by the agent beside it."""

from services.identity.accounts.commands.publishing import publish_subject_changed
from services.identity.handlers.caller_rights import accompanies
from services.identity.handlers.tokens import issue_accompanied_token
from services.identity.sessions.commands import accompanied, front_desk_code
from services.identity.store import store
from shared.bus import FRONT_DESK, PORTAL, Service, anonymous, answers
from shared.contracts.identity import accompanied_sessions as contracts
from shared.contracts.identity.sign_ins import WrongCredentials
from shared.contracts.message import Caller
from shared.dates.clock import now, today


class Accompanied(Service):
    """The proof that the guardian is present is kept with the session."""

    @answers(contracts.send_counter_code, callers=[FRONT_DESK], right=accompanies)
    def send_counter_code(
        self, request: contracts.SendCounterCodeRequest, caller: Caller
    ) -> contracts.SendCounterCodeAnswer:
        with store.write() as write:
            sent = front_desk_code.email_code_to_guardian(
                write, caller.subject, request.guardian, now()
            )
        return contracts.SendCounterCodeAnswer(sent)

    @answers(contracts.open_accompanied, callers=[FRONT_DESK], right=accompanies)
    def open_accompanied(
        self, request: contracts.OpenAccompaniedRequest, caller: Caller
    ) -> contracts.OpenAccompaniedAnswer:
        """Open a session, and publish its agent anew: no callee refuses the token as unknown."""
        if request.proof == contracts.BY_CODE:
            typed = caller.subject, request.guardian, request.six_digits
            with store.write() as write:
                fits = front_desk_code.check_and_use_up_code(write, *typed, now())
            if not fits:
                raise WrongCredentials
        with store.write() as write:
            opened = accompanied.open_accompanied_session(write, caller.subject, request, now())
            publish_subject_changed(write, opened.agent, store.register, today())
        return contracts.OpenAccompaniedAnswer(opened.code, opened.expires_at, opened.ends_at)

    @answers(contracts.enter_accompanied, callers=[PORTAL], right=anonymous)
    def enter_accompanied(
        self, request: contracts.EnterAccompaniedRequest, _caller: Caller
    ) -> contracts.EnterAccompaniedAnswer:
        with store.write() as write:
            going = accompanied.enter_with_code(write, store.register, request.code, now(), today())
        issued, row = issue_accompanied_token(self.settings.token_signing_key, going), going.row
        return contracts.EnterAccompaniedAnswer(
            session_id=row.id,
            session=going.secret,
            token=issued.token,
            expires_at=issued.expires_at,
            ends_at=row.ends_at,
            subject=row.family,
            actor=row.agent,
            name=row.family_name,
        )
