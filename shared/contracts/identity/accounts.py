"""Accounts of families and agents, as identity publishes them to who has to know them."""

from dataclasses import dataclass
from typing import Annotated, TypedDict

from shared.contracts.errors import Refusal
from shared.contracts.message import Event, Method
from shared.contracts.schema_from_type import Default
from shared.contracts.values import (
    EMPTY,
    NONE,
    Code,
    Day,
    Id,
    Moment,
    Version,
    list_length,
    maybe_text,
    one_of,
    text,
)

OWNER = "identity"
KINDS = ("family", "agent")

Kind = Annotated[str, one_of(KINDS)]
Login = Annotated[str, text(254)]
Name = Annotated[str, text(120)]
"""Name of a person, in full."""
MOST_PASSWORD = 256
"""Characters of a password; what is typed beyond them is not read."""
Password = Annotated[str, text(MOST_PASSWORD)]
WHOLE_OFFICE = ""
"""The place of a right that holds everywhere at its office."""
RightPlace = Annotated[str, maybe_text(130)]
"""Places of a right, in the office's own codes for its sites and groups: opaque to others."""


class DatedRight(TypedDict):
    """
    A role at one office, both days included; `valid_to` is null where it is open.

    It holds at one place of the office, or at the whole of it.
    """

    role: Code
    place: Annotated[RightPlace, EMPTY]
    valid_from: Day
    valid_to: Annotated[Day | None, NONE]


@dataclass(frozen=True)
class SubjectChanged:
    """
    The whole state of one subject as one principal needs it.

    Tokens issued before `not_before` are refused; a guardian's account that was never used has
    none, and was last invited then. What was opened before `anew_from`, a session or not, ended: a
    password was changed, other devices were signed out.
    """

    subject: Id
    kind: Kind
    name: Name
    version: Version
    not_before: Moment
    active: bool
    rights: list[DatedRight]
    anew_from: Moment | None = None


subject_changed = Event(OWNER, "subject_changed", SubjectChanged, addressed=True)
"""
Account, published to each provider with its own agents and their rights at it; to the dossier and
the portal with families, without rights.
"""


@dataclass(frozen=True)
class EmailReachChanged:
    """Reach of a guardian by e-mail, yes or no: an account in use whose login is an address."""

    subject: Id
    version: Version
    by_email: bool


email_reach_changed = Event(OWNER, "email_reach_changed", EmailReachChanged)
"""Sent to billing alone, which prints for who is not reached: whether, and never the address."""


MOST_ASKED = 500
"""Guardians in one question of who is reached."""


@dataclass(frozen=True)
class ReachedByEmailRequest:
    guardian_ids: Annotated[list[Id], list_length(1, MOST_ASKED)]


@dataclass(frozen=True)
class ReachedByEmailAnswer:
    reached: Annotated[list[Id], list_length(0, MOST_ASKED)]


reached_by_email = Method(OWNER, "reached_by_email", ReachedByEmailRequest, ReachedByEmailAnswer)
"""Guardians whom e-mails reach, for letters of a breach: ids, never an address."""


@dataclass(frozen=True)
class GuardianByEmailRequest:
    email: Login


@dataclass(frozen=True)
class GuardianByEmailAnswer:
    """Null for no account of a family that is in use."""

    guardian_id: Annotated[Id | None, NONE]


guardian_by_email = Method(
    OWNER, "guardian_by_email", GuardianByEmailRequest, GuardianByEmailAnswer
)
"""
Guardian whose account has this address: the front desk asks the dossier if it may be offered.

No page shows this answer: it would say that somebody exists who is protected (rule R9).
"""


@dataclass(frozen=True)
class AccessHolderFound:
    access_id: Id
    subject: Id


access_holder_found = Event(OWNER, "access_holder_found", AccessHolderFound, addressed=True)
"""Sent to the dossier alone: the account under which an access to a child's week is offered."""


class ReadyRight(TypedDict):
    """A role at one provider, from today on: at the whole of it, or at one place."""

    provider: Code
    role: Code
    place: Annotated[RightPlace, EMPTY]


class ReadyAccount(TypedDict):
    """An account that is in use at once."""

    subject: Id
    kind: Kind
    login: Login
    name: Name
    password: Password
    totp_secret: Annotated[str, EMPTY]
    rights: Annotated[list[ReadyRight], Default(list)]


@dataclass(frozen=True)
class OpenAccountsRequest:
    accounts: Annotated[list[ReadyAccount], list_length(1, 50)]


@dataclass(frozen=True)
class OpenAccountsAnswer:
    opened: int


open_accounts = Method(OWNER, "open_accounts", OpenAccountsRequest, OpenAccountsAnswer)
"""Ready accounts for a town of demonstration, and only there; known logins are left as they are."""


class WeakPassword(Refusal):
    """Too short or soon guessed; `detail["least"]` is the least length (CNIL 2022-100)."""

    code = "weak_password"
