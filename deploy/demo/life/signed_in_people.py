"""
Invented people who sign in and ask, as they would through the pages of the portal or a desk.

Only a demonstration can do so: its passwords and second factors are known.
"""

import time
from collections.abc import Callable
from datetime import timedelta
from threading import Lock
from typing import Any, TypeVar

from deploy.applied_town import Applied
from deploy.demo.invented.account_holders import PASSWORD, DemoAgent
from shared.bus.client import Client
from shared.contracts.identity import sign_ins
from shared.contracts.message import Method
from shared.dates.clock import now
from shared.register.declarations import FRONT_DESK, PORTAL
from shared.settings import Settings
from shared.web.forms.password_held_by_page import seconds_to_wait

Q = TypeVar("Q")
A = TypeVar("A")

ASK_SECONDS = 60.0
CODE_SECONDS = 30
"""A one-time code is of half a minute, and serves once."""
BEFORE_IT_ENDS = timedelta(seconds=60)
MOST_TURNS = 60


class Person:
    """A person signed in at one page; each request carries a token of theirs."""

    def __init__(self, client: Client, signed_in: sign_ins.SignInAnswer) -> None:
        self._client, self._session = client, signed_in.session
        self._token, self._until = signed_in.token, signed_in.expires_at
        self._lock = Lock()
        self.subject = signed_in.subject
        self.name = signed_in.name

    def ask(self, method: Method[Q, A], request: Q, **options: Any) -> A:
        """Ask and return the answer; raises a Refusal."""
        token = self._valid_token()
        return self._client.ask(method, request, token=token, deadline=ASK_SECONDS, **options)

    def _valid_token(self) -> str:
        with self._lock:
            if now() > self._until - BEFORE_IT_ENDS:
                renewing = sign_ins.SessionRequest(self._session)
                answer = self._client.ask(sign_ins.renew_token, renewing)
                self._token, self._until = answer.token, answer.expires_at
            return self._token


class Pages:
    """The portal, the desks and the front desk of one instance, for as long as people act."""

    def __init__(self, applied: Applied) -> None:
        self._applied = applied
        self._clients: dict[str, Client] = {}
        self._agents: dict[DemoAgent, Person] = {}
        self._lock = Lock()

    def __enter__(self) -> "Pages":
        return self

    def __exit__(self, *_: object) -> None:
        for client in self._clients.values():
            client.close()

    def sign_guardian_in(self, login: str) -> Person:
        """Sign a guardian in at the portal."""
        client = self._client_of_principal(PORTAL)
        return Person(
            client, _sign_in_at_identity(client, lambda: sign_ins.SignInRequest(login, PASSWORD))
        )

    def sign_agent_in_once(self, agent: DemoAgent) -> Person:
        """Sign an agent in at their office, once; raises a Refusal."""
        if agent not in self._agents:
            self._agents[agent] = self._sign_agent_in(agent)
        return self._agents[agent]

    def _sign_agent_in(self, agent: DemoAgent) -> Person:
        office = FRONT_DESK if agent.provider == FRONT_DESK else f"enrolment_{agent.provider}"
        client = self._client_of_principal(office)

        def make_sign_in_request() -> sign_ins.SignInRequest:
            return sign_ins.SignInRequest(agent.login, PASSWORD, agent.code_of_now)

        try:
            return Person(client, _sign_in_at_identity(client, make_sign_in_request))
        except sign_ins.WrongCredentials:  # this half minute's code has served already
            time.sleep(CODE_SECONDS - time.time() % CODE_SECONDS + 1)
            return Person(client, _sign_in_at_identity(client, make_sign_in_request))

    def _client_of_principal(self, principal: str) -> Client:
        with self._lock:
            if principal not in self._clients:
                settings = Settings.from_env(self._applied.environment_of_principal(principal))
                self._clients[principal] = Client(settings)
            return self._clients[principal]


def _sign_in_at_identity(
    client: Client, signing_in: Callable[[], sign_ins.SignInRequest]
) -> sign_ins.SignInAnswer:
    return sign_in_when_turn_comes(
        lambda: client.ask(sign_ins.sign_in, signing_in(), deadline=ASK_SECONDS), time.sleep
    )


def sign_in_when_turn_comes(sign_in: Callable[[], A], sleep: Callable[[float], None]) -> A:
    """
    Sign in, and once more while other people's tries go before, as the pages do by themselves.

    Whoever looks around signs in while the town is loaded. Raises TooManyTries after MOST_TURNS.
    """
    for _turn in range(MOST_TURNS):
        try:
            return sign_in()
        except sign_ins.TooManyTries as busy:
            if not (seconds := seconds_to_wait(busy)):
                raise
            sleep(seconds)
    return sign_in()
