"""A family's one-time codes and recovery codes, and its proof before something grave."""

from services.identity.accounts import queries
from services.identity.accounts.rules import second_factor
from services.identity.handlers.caller_rights import person_itself
from services.identity.handlers.own_account.passkeys import passkey_site_of_town
from services.identity.handlers.password_check import check_repeated_password, make_door_of_person
from services.identity.models import TOTP_PLACE, Account
from services.identity.second_factors.commands import challenges, change_record, factors, passkeys
from services.identity.second_factors.queries import enrolled_factors, second_factor_kinds_of
from services.identity.sessions.commands import sign_in_tries
from services.identity.sessions.commands.sign_in_tries import Door, Taken
from services.identity.store import store, vault
from shared.bus import PORTAL, Service, answers
from shared.contracts.identity.own_account import second_factors as contracts
from shared.contracts.identity.sign_ins import (
    SecondFactorNeeded,
    SessionRequest,
    WrongCredentials,
)
from shared.contracts.message import Caller, Empty
from shared.database import Write
from shared.dates.clock import now


class OwnCodes(Service):
    """Only the person, never an agent who accompanies; answers with a secret are not kept."""

    @answers(contracts.second_factors, callers=[PORTAL], right=person_itself)
    def second_factors(self, _request: Empty, caller: Caller) -> contracts.SecondFactorsAnswer:
        with store.read() as read:
            return enrolled_factors(read, read.get_one(Account, caller.subject))

    @answers(contracts.begin_codes, callers=[PORTAL], right=person_itself)
    def begin_codes(self, request: SessionRequest, caller: Caller) -> contracts.NewCodesAnswer:
        fresh = vault.seal(caller.subject, TOTP_PLACE, second_factor.new_totp_secret())
        with store.write() as write:
            login = write.get_one(Account, caller.subject).login
            sealed = challenges.offer_or_repeat_totp_secret(
                write, caller.subject, request.session, fresh, now()
            )
        secret = vault.open(caller.subject, TOTP_PLACE, sealed)
        town = store.register.now.town.name
        return contracts.NewCodesAnswer(second_factor.otpauth_address(secret, login, town))

    @answers(contracts.confirm_codes, callers=[PORTAL], right=person_itself)
    def confirm_codes(
        self, request: contracts.ConfirmCodesRequest, caller: Caller
    ) -> contracts.RecoveryCodesAnswer:
        door, at = make_door_of_person(request, caller), now()
        with store.write() as write:
            offer = challenges.lock_offered_one_time_codes(
                write, caller.subject, request.session, at
            )
            sealed = offer.totp_sealed if offer is not None else None
        totp = unsealed_totp_secret(caller.subject, sealed)
        taken = _count_try(door, caller.subject)
        if sealed is None or totp is None:
            raise WrongCredentials
        with store.write() as write:
            account = queries.lock_account(write, caller.subject)
            factors.start_codes(account, sealed, totp, request.code, at)
            challenges.delete_offers_of_codes(write, caller.subject)
            sign_in_tries.forget_tries(write, door, taken)
            change_record.note_own_change(write, caller, contracts.CODES_ON, request.devices)
            return contracts.RecoveryCodesAnswer(
                factors.make_missing_recovery_codes(write, caller.subject)
            )

    @answers(contracts.remove_codes, callers=[PORTAL], right=person_itself)
    def remove_codes(self, write: Write, request: contracts.FactorRequest, caller: Caller) -> Empty:
        account = queries.lock_account(write, caller.subject)
        if account.totp_sealed is not None:
            factors.stop_codes(account)
            factors.void_codes_without_factors(write, account)
            change_record.note_own_change(write, caller, contracts.CODES_OFF, request.devices)
        return Empty()

    @answers(contracts.renew_recovery_codes, callers=[PORTAL], right=person_itself)
    def renew_recovery_codes(
        self, request: contracts.FactorRequest, caller: Caller
    ) -> contracts.RecoveryCodesAnswer:
        with store.write() as write:
            account = queries.lock_account(write, caller.subject)
            if not second_factor_kinds_of(write, account):
                return contracts.RecoveryCodesAnswer([])
            codes = factors.make_recovery_codes_anew(write, account.subject)
            change_record.note_own_change(write, caller, contracts.RECOVERY_MADE, request.devices)
        return contracts.RecoveryCodesAnswer(codes)

    @answers(contracts.prove_person, callers=[PORTAL], right=person_itself)
    def prove_person(self, request: contracts.ProvePersonRequest, caller: Caller) -> Empty:
        if request.passkey:
            self._prove_by_passkey(request, caller)
        elif request.code:
            _prove_by_code(request, caller)
        else:
            _prove_by_password(request, caller)
        return Empty()

    def _prove_by_passkey(self, request: contracts.ProvePersonRequest, caller: Caller) -> None:
        own = {"subject": caller.subject, "session": request.session}
        with store.write() as write:
            asked = challenges.use_up_challenge(
                write, request.challenge, challenges.PROVE, now(), **own
            )
        if asked is None:
            raise WrongCredentials
        with store.write() as write:
            site = passkey_site_of_town(self.settings)
            if (
                passkeys.verify_passkey_signature(write, site, asked, request.passkey, now())
                != caller.subject
            ):
                raise WrongCredentials


def unsealed_totp_secret(subject: str | None, sealed: bytes | None) -> str | None:
    """Return the secret of a person's one-time codes; outside of a transaction."""
    return vault.open(subject or "", TOTP_PLACE, sealed) if sealed else None


def _prove_by_code(request: contracts.ProvePersonRequest, caller: Caller) -> None:
    door = make_door_of_person(request, caller)
    with store.read() as read:
        sealed = read.get_one(Account, caller.subject).totp_sealed
    totp = unsealed_totp_secret(caller.subject, sealed)
    taken, at = _count_try(door, caller.subject), now()
    place = contracts.KNOWN_DEVICE if taken.device else contracts.NEW_DEVICE
    with store.write() as write:
        account = queries.lock_account(write, caller.subject)
        factors.accept_typed_code(write, account, totp, request.code, place, at)
        sign_in_tries.forget_tries(write, door, taken)


def _prove_by_password(request: contracts.ProvePersonRequest, caller: Caller) -> None:
    with store.read() as read:
        ways = second_factor_kinds_of(read, read.get_one(Account, caller.subject))
    if ways:
        raise SecondFactorNeeded(ways=ways)
    check_repeated_password(make_door_of_person(request, caller), request.password)


def _count_try(door: Door, subject: str) -> Taken:
    """Count a code that is typed as a password is; raises TooManyTries."""
    with store.write() as write:
        taken = sign_in_tries.count_try(write, door, now(), subject)
    sign_in_tries.refuse_try_waiting_in_crowd(taken)
    return taken
