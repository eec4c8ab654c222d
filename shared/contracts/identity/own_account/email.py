"""One's own e-mail address, of families and agents: asked for, proven by a code, or refused."""

from dataclasses import dataclass
from typing import Annotated

from shared.contracts.errors import Refusal
from shared.contracts.identity.sign_ins import OWNER, Secret, SessionRequest, SignInAnswer
from shared.contracts.message import Empty, Method
from shared.contracts.values import Email, maybe_text, text

Code = Annotated[str, text(60)]


@dataclass(frozen=True)
class AskEmailRequest:
    email: Email


ask_email = Method(OWNER, "ask_email", AskEmailRequest, Empty, once=True)
"""
Another address: a code leaves for it, and the address of before is notified.

The answer is the same for an address that is somebody else's login. The page has asked for the
password again. Refusal: TooManyTries.
"""


@dataclass(frozen=True)
class ProveEmailRequest(SessionRequest):
    code: Code


prove_email = Method(OWNER, "prove_email", ProveEmailRequest, SignInAnswer, once=True)
"""
The code of the letter, typed by the person: the address serves from now on, a family's as its
login.

Every session and known device ends, codes sent to the address of before are void, and one session
begins that is as old as the asking one. Not `writes`, as it answers with a secret. Refusal:
EmailCodeUnknown.
"""

drop_email = Method(OWNER, "drop_email", Empty, Empty, writes=True)
"""The person gives up the address that it asked for."""


@dataclass(frozen=True)
class RefuseEmailRequest:
    key: Secret


@dataclass(frozen=True)
class RefuseEmailAnswer:
    """`code` lets a family choose another password; "" for an agent."""

    code: Annotated[str, maybe_text(60)]


refuse_email = Method(OWNER, "refuse_email", RefuseEmailRequest, RefuseEmailAnswer, once=True)
"""
Takes a change back by the link in the letter to the address of before: its owner had not asked.

The change ends, and with it the password, every session and every known device. Not `writes`, as it
answers with a secret. Refusal: EmailCodeUnknown.
"""


class EmailCodeUnknown(Refusal):
    """The code or link is wrong, used, too old, or of a change that has ended."""

    code = "email_code_unknown"
