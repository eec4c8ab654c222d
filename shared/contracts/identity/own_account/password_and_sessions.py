"""One's own access, of families and agents: the password, and the sessions open with it."""

from dataclasses import dataclass, field
from typing import Annotated, TypedDict

from shared.contracts.identity.accounts import Login, Password
from shared.contracts.identity.sign_ins import (
    MOST_DEVICES,
    OWNER,
    Secret,
    SessionRequest,
    SignInAnswer,
)
from shared.contracts.message import Empty, Method
from shared.contracts.values import Moment, Place, list_length, maybe_text

MOST_SESSIONS = 20
"""The current one, and the latest used of the others."""


class OpenSession(TypedDict):
    """`used_at` is its last token's moment: some minutes ago at most while somebody reads."""

    opened_at: Moment
    used_at: Moment
    current: bool


@dataclass(frozen=True)
class OwnAccessAnswer:
    """
    Open sessions, the current one first, then by last use.

    `email` is where emails for this person go, "" for nowhere; `asked_email` is one that is not
    proven yet.
    """

    login: Login
    sessions: Annotated[list[OpenSession], list_length(0, MOST_SESSIONS)]
    email: Annotated[str, maybe_text(254)] = ""
    asked_email: Annotated[str, maybe_text(254)] = ""


my_access = Method(OWNER, "my_access", SessionRequest, OwnAccessAnswer)
"""The person's login and open sessions; `session` is the one that asks."""


@dataclass(frozen=True)
class FromBrowser:
    """Address and devices of the browser, as in a sign-in."""

    address: Place = ""
    devices: Annotated[list[Secret], list_length(0, MOST_DEVICES)] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class ProvePasswordRequest(FromBrowser):
    password: Password


prove_password = Method(OWNER, "prove_password", ProvePasswordRequest, Empty, once=True)
"""An agent's password, given again; changes nothing. Refusals: WrongCredentials, TooManyTries."""


@dataclass(frozen=True, kw_only=True)
class ChangePasswordRequest(FromBrowser):
    """`former` and `password` are the old and the new one."""

    former: Password
    password: Password


change_password = Method(OWNER, "change_password", ChangePasswordRequest, SignInAnswer, once=True)
"""
Another password: every session and known device ends, a new session begins, an email says so.

Not `writes`: the kit would keep the answer. Refusals: WrongCredentials, TooManyTries, WeakPassword.
"""

end_other_sessions = Method(OWNER, "end_other_sessions", SessionRequest, SignInAnswer, once=True)
"""
Every session and known device of the person ends; one begins that is as old as the asking one.

Not `writes`, as `change_password`.
"""
