"""A family's passkeys: added, removed, and signed in with."""

from services.identity.accounts import queries
from services.identity.handlers.caller_rights import person_itself
from services.identity.handlers.tokens import make_new_session_answer
from services.identity.models import Account
from services.identity.second_factors.commands import challenges, change_record, factors, passkeys
from services.identity.second_factors.rules import passkeys as rules
from services.identity.sessions.commands import known_devices, signing_in
from services.identity.store import store
from shared.bus import PORTAL, Service, anonymous, answers
from shared.contracts.identity.own_account import second_factors as contracts
from shared.contracts.identity.sign_ins import (
    SessionRequest,
    SignInAnswer,
    WrongCredentials,
)
from shared.contracts.message import Caller, Empty
from shared.database import Write
from shared.dates.clock import now, today
from shared.settings import Settings


class OwnPasskeys(Service):
    """Passkeys of a person: what a browser signed is verified here alone, pages pass it on."""

    @answers(contracts.begin_passkey, callers=[PORTAL], right=person_itself)
    def begin_passkey(self, request: SessionRequest, caller: Caller) -> contracts.PasskeyChallenge:
        with store.write() as write:
            account = write.get_one(Account, caller.subject)
            known = passkeys.require_room_for_passkey(write, caller.subject)
            made = challenges.make_challenge(
                write, challenges.ADD, now(), subject=caller.subject, session=request.session
            )
        options = rules.options_for_new_passkey(
            passkey_site_of_town(self.settings),
            account.subject,
            account.login,
            account.name,
            made.asked,
            known,
        )
        return contracts.PasskeyChallenge(made.secret, options)

    @answers(contracts.add_passkey, callers=[PORTAL], right=person_itself)
    def add_passkey(
        self, request: contracts.AddPasskeyRequest, caller: Caller
    ) -> contracts.RecoveryCodesAnswer:
        at, own = now(), {"subject": caller.subject, "session": request.session}
        with store.write() as write:
            asked = challenges.use_up_challenge(write, request.challenge, challenges.ADD, at, **own)
        if asked is None:
            raise WrongCredentials
        try:
            new = rules.verify_new_passkey(
                passkey_site_of_town(self.settings), asked, request.passkey
            )
        except rules.PasskeyRefused:
            raise WrongCredentials from None
        with store.write() as write:
            account = queries.lock_account(write, caller.subject)
            passkeys.add_passkey(write, account, request.name, new, at)
            change_record.note_own_change(write, caller, contracts.PASSKEY_ADDED, request.devices)
            codes = factors.make_missing_recovery_codes(write, account.subject)
        return contracts.RecoveryCodesAnswer(codes)

    @answers(contracts.remove_passkey, callers=[PORTAL], right=person_itself)
    def remove_passkey(
        self, write: Write, request: contracts.RemovePasskeyRequest, caller: Caller
    ) -> Empty:
        account = queries.lock_account(write, caller.subject)
        passkeys.remove_passkey(write, account.subject, request.id)
        factors.void_codes_without_factors(write, account)
        change_record.note_own_change(write, caller, contracts.PASSKEY_REMOVED, request.devices)
        return Empty()

    @answers(contracts.ask_for_passkey, callers=[PORTAL], right=anonymous)
    def ask_for_passkey(self, _request: Empty, _caller: Caller) -> contracts.PasskeyChallenge:
        with store.write() as write:
            made = challenges.make_challenge(write, challenges.SIGN_IN, now())
        return self._make_challenge_answer(made)

    @answers(contracts.ask_again_for_passkey, callers=[PORTAL], right=person_itself)
    def ask_again_for_passkey(
        self, request: SessionRequest, caller: Caller
    ) -> contracts.PasskeyChallenge:
        with store.write() as write:
            made = challenges.make_challenge(
                write, challenges.PROVE, now(), subject=caller.subject, session=request.session
            )
        return self._make_challenge_answer(made)

    @answers(contracts.sign_in_by_passkey, callers=[PORTAL], right=anonymous)
    def sign_in_by_passkey(
        self, request: contracts.PasskeySignInRequest, caller: Caller
    ) -> SignInAnswer:
        at, azp = now(), caller.principal
        with store.write() as write:
            asked = challenges.use_up_challenge(write, request.challenge, challenges.SIGN_IN, at)
        if asked is None:
            raise WrongCredentials
        site, devices = passkey_site_of_town(self.settings), request.devices
        with store.write() as write:
            subject = passkeys.verify_passkey_signature(write, site, asked, request.passkey, at)
            account = queries.lock_account(write, subject)
            if not account.active:
                raise WrongCredentials
            signing_in.refuse_without_right_at_door(write, account, None, at, today())
            secret, issued_at = signing_in.open_session(write, account, azp, at)
            known = known_devices.lock_device_of_secrets(write, subject, azp, devices, at)
            new = "" if known else known_devices.make_device_known(write, subject, azp, at)
        return make_new_session_answer(
            self.settings.token_signing_key, account, azp, secret, issued_at, new
        )

    def _make_challenge_answer(self, made: challenges.Asked) -> contracts.PasskeyChallenge:
        options = rules.options_to_prove_by_passkey(passkey_site_of_town(self.settings), made.asked)
        return contracts.PasskeyChallenge(made.secret, options)


def passkey_site_of_town(settings: Settings) -> rules.Site:
    """Return where passkeys of this town are good."""
    return rules.passkey_site_of_town(settings.portal_url, store.register.now.town.name)
