"""A régisseur at the desk of a provider; billing answers as its contracts have it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from sqlalchemy import inspect

from services.enrolment.desk.app import create_app
from services.enrolment.store import store
from shared.bus.client import Call
from shared.contracts.errors import BadRequest, Refusal
from shared.contracts.message import ContractBroken, Method
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories import enrolment as make
from tests.factories.enrolment import Desk, Provider
from tests.factories.portal import Answering, Callees
from tests.factories.regie_answers import answers


@dataclass
class Regisseur:
    """A régisseur at the desk; billing answers as `callees` says."""

    provider: Provider
    desk: Desk
    callees: Callees
    at: str = "/regie/payeurs"
    """A page whose form token serves for all forms."""

    def billing(self, method: Method, answer: Any) -> None:
        """Let billing answer this from now on: a whole answer, a refusal, None for silence."""
        if isinstance(answer, dict):
            self.callees.answers("billing", method, _always(answer))
        else:
            self.callees.answers("billing", method, answer)

    def silence(self) -> None:
        """Let billing answer nothing any more."""
        for method in answers():
            self.callees.answers("billing", method, None)

    def sees(self, path: str, status: int = 200) -> str:
        return self.desk.sees(path, status)

    def sends(self, path: str, *, act: str = "", **form: Any) -> Any:
        """Send a form with a fresh act, or the one that is given."""
        return self.desk.sends(path, at=self.at, act=act or new_id(), **form)

    def asked(self, method: Method) -> list[Any]:
        """Return the requests of this kind, oldest first."""
        return [one for _to, name, _id, one in self.callees.asked if name == method.name]

    def ids(self, method: Method) -> list[str]:
        """Return the request ids of this kind, oldest first."""
        return [key for _to, name, key, _one in self.callees.asked if name == method.name]


class Bus(Callees):
    """Callees that refuse a request which breaks its contract, as the client does."""

    def _outcome(self, call: Call) -> SimpleNamespace | Refusal:
        try:
            return super()._outcome(call)
        except ContractBroken as broken:
            return BadRequest(errors=broken.errors)


def _always(answer: dict[str, Any]) -> Answering:
    return lambda _request: answer


@contextmanager
def regisseur_on(database: Database, home: Path, *roles: str) -> Iterator[Regisseur]:
    """Give a desk with somebody signed in who holds these roles, the régie without any."""
    with make.provider_on(database, home) as provider:
        app = create_app(provider.settings)
        app.config["RATELIMIT_ENABLED"] = False
        app.extensions["preau_bus"] = callees = Bus()
        desk = Desk(app.test_client(), provider.settings.principal)
        desk.signs_in(provider.has_agent(*(roles or ("treasurer",)), name="Odile Marchand"))
        here = Regisseur(provider, desk, callees)
        for method, answer in answers().items():
            here.billing(method, answer)
        yield here


def everything_kept() -> str:
    """Return all rows of all tables of the provider, as text."""
    with store.read() as read:
        names = inspect(read.connection()).get_table_names()
        rows = [
            str(tuple(row))
            for name in names
            for row in read.connection().exec_driver_sql(f'SELECT * FROM "{name}"')
        ]
    assert len(names) > 20
    return "\n".join(rows)
