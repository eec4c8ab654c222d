"""Passing from one provider's desk to another's, for an agent of several."""

from dataclasses import dataclass

from shared.contracts.identity.sign_ins import OpenedSession, Secret
from shared.contracts.message import Empty, Method
from shared.contracts.values import Code, Moment

OWNER = "identity"


@dataclass(frozen=True)
class MyDesksAnswer:
    desks: list[Code]


my_desks = Method(OWNER, "my_desks", Empty, MyDesksAnswer)
"""The running providers at which the agent has a right today, the calling one included."""


@dataclass(frozen=True)
class PassOverRequest:
    provider: Code


@dataclass(frozen=True)
class PassOverAnswer:
    code: Secret
    expires_at: Moment


pass_over = Method(OWNER, "pass_over", PassOverRequest, PassOverAnswer, once=True)
"""
An agent goes on to another provider's desk: a code for that desk alone, once, for 30 seconds.

Refusals: NotFound (no such running provider), NotEntitled (no right there today).
"""


@dataclass(frozen=True)
class EnterRequest:
    code: Secret


enter = Method(OWNER, "enter", EnterRequest, OpenedSession, once=True)
"""
Open a session for an agent who passed over to the calling provider, without asking again.

It ends no later than the session from which the agent came. WrongCredentials for any other code.
"""
