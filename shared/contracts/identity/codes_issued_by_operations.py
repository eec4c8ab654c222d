"""Codes issued by operations, for administrators of an office where no other can give one."""

from dataclasses import dataclass
from typing import Annotated, TypedDict

from shared.contracts.errors import Refusal
from shared.contracts.identity.accounts import Login, Name
from shared.contracts.message import Method
from shared.contracts.values import Code, Moment, PageRequest, text

OWNER = "identity"

Reason = Annotated[str, text(300)]


@dataclass(frozen=True)
class InviteAdministratorRequest:
    provider: Code


@dataclass(frozen=True)
class InviteAdministratorAnswer:
    login: Login
    code: str
    expires_at: Moment | None


invite_administrator = Method(
    OWNER, "invite_administrator", InviteAdministratorRequest, InviteAdministratorAnswer, once=True
)
"""
An invitation for the first administrator that the town file names; asking again voids the last one.

`code` is "" where none is due: the provider has had an administrator who signed in (from then on it
decides alone), or the person has an account in use already and keeps it.
"""


@dataclass(frozen=True)
class InviteAdministratorAgainRequest:
    office: Code
    login: Login
    asked_by: Name
    reason: Reason
    despite_others: bool = False


@dataclass(frozen=True)
class InviteAdministratorAgainAnswer:
    name: Name
    code: Annotated[str, text(60)]
    expires_at: Moment
    notified: list[str]


invite_administrator_again = Method(
    OWNER,
    "invite_administrator_again",
    InviteAdministratorAgainRequest,
    InviteAdministratorAgainAnswer,
    once=True,
)
"""
A code for an administrator who lost telephone or password, where nobody at the office can give one.

The old access ends at once, wherever it opened something. Who asked and why is kept and read by the
DPOs, who are `notified` by e-mail, and by administrators. Not `writes`, as it answers with a
secret. Refusals: NotFound (no administrator of that office), OthersCanHelp (unless despite them).
"""


@dataclass(frozen=True)
class InviteSuccessorRequest:
    """`login` and `name` are the successor's, `in_place_of` is the login of who has left."""

    office: Code
    in_place_of: Login
    login: Login
    name: Name
    asked_by: Name
    reason: Reason
    despite_others: bool = False


@dataclass(frozen=True)
class InviteSuccessorAnswer:
    name: Name
    former: Name
    code: str
    expires_at: Moment | None
    active: bool
    notified: list[str]


invite_successor = Method(
    OWNER, "invite_successor", InviteSuccessorRequest, InviteSuccessorAnswer, once=True
)
"""
Somebody administers an office from today in place of one who has left, where nobody there can help.

The rights at that office of the login `in_place_of` end in the same act, and where it has none
elsewhere its whole access. `code` is "" for who has signed in already, or has rights elsewhere:
that account stays as it is, `active` or not. Kept and notified as `invite_administrator_again`, and
not `writes` either. Refusals: NotFound (no administrator of that office), BadRequest (twice the
same person, or one who has that right for other days), OthersCanHelp (unless despite them).
"""


class TownCode(TypedDict):
    """`others` could have given it; `in_place_of` is who has left, name and login, else ""."""

    at: Moment
    office: Code
    login: Login
    name: Name
    asked_by: Name
    reason: Reason
    others: int
    in_place_of: str


@dataclass(frozen=True)
class CodesByTownAnswer:
    codes: list[TownCode]
    next: str


codes_by_town = Method(OWNER, "codes_by_town", PageRequest, CodesByTownAnswer)
"""Every code of `invite_administrator_again` and every successor, oldest first, in pages."""


class OthersCanHelp(Refusal):
    """Others administer that office and can give the code; `detail["administrators"]` are names."""

    code = "others_can_help"
