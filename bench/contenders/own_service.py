"""The service that answers for our own bus: every check on, and no database behind the answer."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from shared.bus import PORTAL, Service, answers, right
from shared.contracts.formats import Id, Text, Version
from shared.contracts.message import Fields, Person, UntypedMethod
from shared.database import Store, declarative_base_for
from shared.person import AccountStatus

_FIELDS: Fields = {"child_id": Id(), "version": Version(), "text": Text(1100)}

echo = UntypedMethod("dossier", "echo", request=_FIELDS, answer=_FIELDS)

Base = declarative_base_for("dossier")

_KNOWN = AccountStatus("family", active=True, not_before=datetime(2000, 1, 1, tzinfo=UTC))


@right("anyone signed in")
def signed_in(_service: Any, person: Person | None, _request: Any) -> bool:
    return person is not None


class EchoService(Service):
    """Stands where the dossier stands, so that the register and the broker treat it alike."""

    name = "dossier"
    store = Store("dossier", Base.metadata)

    @staticmethod
    def account_status(_subject: str) -> AccountStatus:
        """Everybody is known: the look-up would be a database's time."""
        return _KNOWN

    @answers(echo, callers=[PORTAL], right=signed_in)
    def echo(self, request: SimpleNamespace) -> dict[str, Any]:
        return {"child_id": request.child_id, "version": request.version, "text": request.text}
