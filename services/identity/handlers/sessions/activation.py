"""First and forgotten passwords, of people who are not signed in."""

from services.identity.accounts.commands.publishing import publish_subject_changed
from services.identity.accounts.rules import passwords
from services.identity.invitations.commands import activation, forgotten_passwords
from services.identity.invitations.queries.activation import account_invited_by_code
from services.identity.invitations.rules.activation_requirements import (
    make_second_factor_of_agent,
    require_strong_password,
)
from services.identity.mail.queries.email_counts import is_mail_server_away
from services.identity.models import TOTP_PLACE
from services.identity.sessions.commands import known_devices
from services.identity.store import store, vault
from shared.bus import FRONT_DESK, PORTAL, PROVIDERS, Service, anonymous, answers
from shared.bus.native_threads import run_in_native_thread
from shared.contracts.identity import invitations
from shared.contracts.message import Caller
from shared.database import Write
from shared.dates.clock import now, today


class Activation(Service):
    """An invitation becomes an account in use."""

    @answers(invitations.activate, callers=[PORTAL, PROVIDERS, FRONT_DESK], right=anonymous)
    def activate(
        self, request: invitations.ActivateRequest, caller: Caller
    ) -> invitations.ActivateAnswer:
        with store.read() as read:
            invitation = account_invited_by_code(read, request.code, now())
        require_strong_password(invitation, request.password)
        totp = make_second_factor_of_agent(invitation, store.register.now.town.name)
        sealed = vault.seal(invitation.subject, TOTP_PLACE, totp.secret) if totp else None
        hashed = run_in_native_thread(passwords.hash_password, request.password)
        with store.write() as write:
            account = activation.activate_account(write, invitation, hashed, sealed, now())
            device = known_devices.make_device_known(
                write, account.subject, caller.principal, now()
            )
            publish_subject_changed(write, account, store.register, today())
        uri = totp.address if totp else ""
        return invitations.ActivateAnswer(account.login, uri, device)

    @answers(invitations.forgotten_password, callers=[PORTAL], right=anonymous)
    def forgotten_password(
        self, write: Write, request: invitations.ForgottenPasswordRequest, _caller: Caller
    ) -> invitations.ForgottenPasswordAnswer:
        forgotten_passwords.note_forgotten_password(
            write, request.login, request.place, request.devices, now()
        )
        return invitations.ForgottenPasswordAnswer(is_mail_server_away(write))
