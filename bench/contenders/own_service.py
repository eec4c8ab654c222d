"""The service that answers for our own bus: every check on, and no database behind the answer."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from shared.bus import PORTAL, Service, answers, right
from shared.contracts.message import Caller, Method
from shared.contracts.values import Id, Version, text
from shared.database import Store, declarative_base_for
from shared.person import AccountStatus


@dataclass(frozen=True)
class Echoed:
    child_id: Id
    version: Version
    text: Annotated[str, text(1100)]


echo = Method("dossier", "echo", Echoed, Echoed)

Base = declarative_base_for("dossier")

_KNOWN = AccountStatus("family", active=True, not_before=datetime(2000, 1, 1, tzinfo=UTC))


@right("anyone signed in")
def signed_in(_service: object, caller: Caller, _request: object) -> bool:
    return caller.person is not None


class EchoService(Service):
    """Stands where the dossier stands, so that the register and the broker treat it alike."""

    name = "dossier"
    store = Store("dossier", Base.metadata)

    @staticmethod
    def account_status(_subject: str) -> AccountStatus:
        """Return one known status for every subject: a look-up would be a database's time."""
        return _KNOWN

    @answers(echo, callers=[PORTAL], right=signed_in)
    def echo(self, request: Echoed, _caller: Caller) -> Echoed:
        return Echoed(request.child_id, request.version, request.text)
