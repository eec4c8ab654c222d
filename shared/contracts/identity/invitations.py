"""Invitations: credentials of guardians, and the activation of any account."""

from dataclasses import dataclass, field
from typing import Annotated, TypedDict

from shared.contracts.errors import Refusal
from shared.contracts.identity.accounts import Login, Name, Password
from shared.contracts.identity.sign_ins import MOST_DEVICES, Secret
from shared.contracts.message import Empty, Method
from shared.contracts.values import Id, Moment, Place, list_length, maybe_text, text

OWNER = "identity"
LETTER_DAYS = 30
"""Validity of a code on paper, in days: a letter takes days, and lies unopened for some more."""
MOST_LETTERS = 40
"""The most letters of one printing: what an agent puts into envelopes at one go."""
MOST_LOTS = 50

ActivationCode = Annotated[str, text(60)]


@dataclass(frozen=True)
class ActivateRequest:
    code: ActivationCode
    password: Password


@dataclass(frozen=True)
class ActivateAnswer:
    """`totp_uri` is "" for a family; `device` is for the browser in which this is done."""

    login: Login
    totp_uri: str
    device: str = ""


activate = Method(OWNER, "activate", ActivateRequest, ActivateAnswer, once=True)
"""
The holder of an invitation chooses a password; an agent also learns the TOTP address.

The former password's devices are known no more. Like the other methods that answer with a secret it
is not `writes`: the kit would keep the answer. Refusals: InvitationUnknown, WeakPassword, and
AccountInUse for the code of an offer to a login that has an account.
"""


@dataclass(frozen=True)
class InviteGuardianRequest:
    guardian_id: Id
    name: Name
    email: Annotated[str, maybe_text(254)] = ""
    login_is_wrong: bool = False


@dataclass(frozen=True)
class InviteGuardianAnswer:
    login: Login
    code: str
    expires_at: Moment


invite_guardian = Method(
    OWNER, "invite_guardian", InviteGuardianRequest, InviteGuardianAnswer, once=True
)
"""
Credentials for one guardian whom the central desk has checked; asking again voids the last code.

With an address the code leaves for it, and is "" here; without one it is read out, or printed. A
login that is somebody else's address (`login_is_wrong`) is replaced, and all that it opened ends.
It is not `writes`, as it answers with a secret. Refusal: LoginTaken (another person's address).
"""


class InvitedGuardian(TypedDict):
    guardian_id: Id
    name: Name


class AccessLetter(TypedDict):
    """A guardian's credentials, to be printed."""

    guardian_id: Id
    login: Login
    code: ActivationCode
    expires_at: Moment


@dataclass(frozen=True)
class InviteGuardiansRequest:
    """`again` voids codes that are good still, `in_place_of` those of that lot alone."""

    guardians: Annotated[list[InvitedGuardian], list_length(1, MOST_LETTERS)]
    again: bool = False
    in_place_of: Id | None = None


@dataclass(frozen=True)
class InviteGuardiansAnswer:
    letters: list[AccessLetter]


invite_guardians = Method(
    OWNER, "invite_guardians", InviteGuardiansRequest, InviteGuardiansAnswer, once=True
)
"""
Credentials of several guardians for letters on paper, all or none, in their order.

Like `invite_guardian` it is not `writes`. Refusal: AlreadyInvited, where somebody has another code
that is good, or an account in use.
"""


class LetterLot(TypedDict):
    """A printing of letters, and how many of its codes are `used` and still `unused`."""

    lot: Id
    printed_at: Moment
    printed_by: Id
    used: int
    unused: int


@dataclass(frozen=True)
class LetterLotsAnswer:
    lots: list[LetterLot]


letter_lots = Method(OWNER, "letter_lots", Empty, LetterLotsAnswer)
"""
The printings of letters of which some codes are good and unused, the latest MOST_LOTS.

Such a lot can be printed again with other codes (`invite_guardians`, `in_place_of`): what was lost
is no longer good, and no code is kept for it.
"""


@dataclass(frozen=True)
class LetterLotRequest:
    lot: Id


@dataclass(frozen=True)
class LetterLotAnswer:
    guardian_ids: list[Id]


letter_lot = Method(OWNER, "letter_lot", LetterLotRequest, LetterLotAnswer)
"""The guardians of a printing whose code of it is good and unused."""


@dataclass(frozen=True)
class ForgottenPasswordRequest:
    """`place` is where it is asked from; `devices` are the secrets that the browser keeps."""

    login: Login
    place: Place = ""
    devices: Annotated[list[Secret], list_length(0, MOST_DEVICES)] = field(default_factory=list)


@dataclass(frozen=True)
class ForgottenPasswordAnswer:
    """`mail_is_away`: the town's mail server takes no email at the moment, of whoever it is."""

    mail_is_away: bool


forgotten_password = Method(
    OWNER, "forgotten_password", ForgottenPasswordRequest, ForgottenPasswordAnswer, writes=True
)
"""
A family's password was forgotten. The answer and its time are the same for every login; where there
is one in use that is an address, an email is sent to it, at most once an hour.
"""


class InvitationUnknown(Refusal):
    """The invitation is unknown, used or expired."""

    code = "invitation_unknown"


class LoginTaken(Refusal):
    """Another person signs in with this address; said to the central desk alone."""

    code = "login_taken"


class AlreadyInvited(Refusal):
    """A guardian among them has a code that is good, or an account in use: nobody is invited."""

    code = "already_invited"


class AccountInUse(Refusal):
    """The login has an account: its person signs in with it, and says yes there."""

    code = "account_in_use"
