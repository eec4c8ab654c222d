"""A family's second factor: passkeys, one-time codes of a telephone, recovery codes on paper."""

from dataclasses import dataclass
from typing import Annotated, TypedDict

from shared.contracts.errors import Refusal
from shared.contracts.identity.accompanied_sessions import PAPERS
from shared.contracts.identity.own_account.password_and_sessions import FromBrowser
from shared.contracts.identity.sign_ins import (
    LONGEST_CODE,
    OWNER,
    Secret,
    SessionRequest,
    SignInAnswer,
)
from shared.contracts.message import Empty, Method
from shared.contracts.values import Id, Moment, list_length, maybe_text, one_of, text

MOST_PASSKEYS = 10
RECOVERY_CODES = 10
MOST_CHANGES = 10
"""The latest of them, as the person sees them."""

PASSKEY, CODE, RECOVERY = "passkey", "code", "recovery"
WAYS = (PASSKEY, CODE, RECOVERY)
"""Kinds of second factors, besides the password."""

PASSKEY_ADDED, PASSKEY_REMOVED = "passkey_added", "passkey_removed"
CODES_ON, CODES_OFF = "codes_on", "codes_off"
RECOVERY_MADE, RECOVERY_USED, RESET = "recovery_made", "recovery_used", "factors_reset"
OPENID_LINKED, OPENID_UNLINKED = "openid_linked", "openid_unlinked"
CHANGES = (
    *(PASSKEY_ADDED, PASSKEY_REMOVED, CODES_ON, CODES_OFF),
    *(RECOVERY_MADE, RECOVERY_USED, RESET, OPENID_LINKED, OPENID_UNLINKED),
)
KNOWN_DEVICE, NEW_DEVICE, COUNTER = "known_device", "new_device", "counter"
PLACES = (KNOWN_DEVICE, NEW_DEVICE, COUNTER)
"""Roughly where a change was made; identity knows no more of a browser than that."""

PasskeyName = Annotated[str, text(40)]
"""Name of a passkey, as its owner calls it."""
WebAuthn = Annotated[str, text(16_000)]
"""Options for a browser, or what it answered: JSON as WebAuthn level 3 writes it."""


class Passkey(TypedDict):
    id: Id
    name: PasskeyName
    added_at: Moment
    used_at: Moment | None


class AccessChange(TypedDict):
    """A change of how a person signs in."""

    what: Annotated[str, one_of(CHANGES)]
    place: Annotated[str, one_of(PLACES)]
    at: Moment


@dataclass(frozen=True)
class SecondFactorsAnswer:
    """`codes_since` is null without one-time codes; `recovery_codes` are those still unused."""

    passkeys: Annotated[list[Passkey], list_length(0, MOST_PASSKEYS)]
    codes_since: Moment | None
    recovery_codes: int
    changes: Annotated[list[AccessChange], list_length(0, MOST_CHANGES)]


second_factors = Method(OWNER, "second_factors", Empty, SecondFactorsAnswer)
"""Factors that the person has enrolled, and their changes, the latest first."""


@dataclass(frozen=True)
class PasskeyChallenge:
    """Question to the browser, once and within minutes; `challenge` is this asking's secret."""

    challenge: Secret
    options: WebAuthn


begin_passkey = Method(OWNER, "begin_passkey", SessionRequest, PasskeyChallenge)
"""Ask for a new passkey, in this session. Refusals: TooManyPasskeys."""


@dataclass(frozen=True, kw_only=True)
class AddPasskeyRequest(FromBrowser):
    """`passkey` is what the browser answered to that challenge, in that session."""

    session: Secret
    challenge: Secret
    passkey: WebAuthn
    name: PasskeyName


@dataclass(frozen=True)
class RecoveryCodesAnswer:
    """Codes that are shown this once; none where earlier ones are still good."""

    codes: Annotated[list[Annotated[str, text(LONGEST_CODE)]], list_length(0, RECOVERY_CODES)]


add_passkey = Method(OWNER, "add_passkey", AddPasskeyRequest, RecoveryCodesAnswer, once=True)
"""
Add a passkey whose holder was verified; an email says so. The first factor brings recovery codes.

Not `writes`: the kit would keep the answer. Refusals: WrongCredentials, TooManyPasskeys.
"""


@dataclass(frozen=True, kw_only=True)
class RemovePasskeyRequest(FromBrowser):
    id: Id


remove_passkey = Method(OWNER, "remove_passkey", RemovePasskeyRequest, Empty, writes=True)
"""Remove one's own passkey; an email says so. With the last factor its recovery codes go too."""


@dataclass(frozen=True)
class NewCodesAnswer:
    """The address that an application on a telephone reads, the same for some minutes."""

    totp_uri: Annotated[str, text(500)]


begin_codes = Method(OWNER, "begin_codes", SessionRequest, NewCodesAnswer, once=True)
"""Give the secret of one-time codes, which counts once a code of it came back."""


@dataclass(frozen=True, kw_only=True)
class ConfirmCodesRequest(FromBrowser):
    session: Secret
    code: Annotated[str, text(LONGEST_CODE)]


confirm_codes = Method(OWNER, "confirm_codes", ConfirmCodesRequest, RecoveryCodesAnswer, once=True)
"""
Have one-time codes asked for from now on; an email says so.

Not `writes`, as `add_passkey`. Refusals: WrongCredentials, TooManyTries.
"""


@dataclass(frozen=True, kw_only=True)
class FactorRequest(FromBrowser):
    """A change of the person's own factors that needs nothing else."""


remove_codes = Method(OWNER, "remove_codes", FactorRequest, Empty, writes=True)
"""Ask for one-time codes no more; an email says so."""

renew_recovery_codes = Method(
    OWNER, "renew_recovery_codes", FactorRequest, RecoveryCodesAnswer, once=True
)
"""Ten new recovery codes; the former are void, an email says so. Not `writes`, as `add_passkey`."""


ask_for_passkey = Method(OWNER, "ask_for_passkey", Empty, PasskeyChallenge)
"""Ask for a passkey, of whoever holds one of this town's and signs in with it."""

ask_again_for_passkey = Method(OWNER, "ask_again_for_passkey", SessionRequest, PasskeyChallenge)
"""Ask for a passkey of the person who is signed in, in this session."""


@dataclass(frozen=True, kw_only=True)
class PasskeySignInRequest(FromBrowser):
    challenge: Secret
    passkey: WebAuthn


sign_in_by_passkey = Method(
    OWNER, "sign_in_by_passkey", PasskeySignInRequest, SignInAnswer, once=True
)
"""
Sign a family in by its passkey alone, which is both factors: the device, and who unlocked it.

Refusals: WrongCredentials, NotEntitled.
"""


@dataclass(frozen=True, kw_only=True)
class ProvePersonRequest(FromBrowser):
    """One of the three: a passkey with its challenge, a code, or, without factors, the password."""

    session: Secret
    password: Annotated[str, maybe_text(256)] = ""
    code: Annotated[str, maybe_text(LONGEST_CODE)] = ""
    challenge: Annotated[str, maybe_text(100)] = ""
    passkey: Annotated[str, maybe_text(16_000)] = ""


prove_person = Method(OWNER, "prove_person", ProvePersonRequest, Empty, once=True)
"""
The person proves itself again; changes nothing.

Refusals: SecondFactorNeeded where a password is given and a factor is enrolled, WrongCredentials,
TooManyTries.
"""


@dataclass(frozen=True)
class ResetFactorsRequest:
    """A guardian who is present and lost what it signs in by; `paper` is what was shown."""

    guardian: Id
    paper: Annotated[str, one_of(PAPERS)]


@dataclass(frozen=True)
class ResetFactorsAnswer:
    """`reset` is false where nothing was enrolled; `notified` says whether an email leaves."""

    reset: bool
    notified: bool


reset_factors = Method(OWNER, "reset_factors", ResetFactorsRequest, ResetFactorsAnswer, writes=True)
"""
Remove a guardian's factors, and end its sessions and known devices: the password alone signs in.

NotFound for somebody who has no account of a family.
"""


class TooManyPasskeys(Refusal):
    """The person has as many as one may have; `detail["most"]`."""

    code = "too_many_passkeys"
