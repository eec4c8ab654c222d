"""Memory of the stand-in: opened payments, and the outcome of each."""

import re
import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

PAID_BY_CARD, PAID_BY_DEBIT = "P", "V"
CARD_REFUSED, CANCELLED = "R", "A"
PAID = (PAID_BY_CARD, PAID_BY_DEBIT)

UNKNOWN, NOT_YET = "P1", "P5"
"""No such operation (any more); no result (yet)."""

USEFUL_SECONDS = 15 * 60

ASKED = ("exer", "mel", "montant", "numcli", "objet", "refdet", "saisie", "urlnotif", "urlredirect")
"""Fields of a payment's opening, in the order in which they are sent."""

_FORMS = {
    "exer": r"\d{4}",
    "mel": r"(?=.{6,80}$)[^@]+@[^@]+",
    "montant": r"\d{3,8}",
    "numcli": r"\d{6}",
    "objet": r"[A-Za-z0-9 ]{0,100}",
    "refdet": r"[A-Za-z0-9]{6,30}",
    "saisie": r"[TXW]",
    "urlnotif": r"https?://\S+",
    "urlredirect": r"https?://\S+",
}
_CODES = {
    "exer": "E1",
    "mel": "A1",
    "montant": "M1",
    "numcli": "T1",
    "objet": "O1",
    "refdet": "R1",
    "saisie": "S1",
    "urlnotif": "U1",
    "urlredirect": "U2",
}
"""Codes of refused fields: the real ones are not known to us, and nobody must rely on these."""


class Refused(Exception):
    """PayFiP's own no; `code` as the service names it."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass
class Operation:
    """One payment at the bank of demonstration. `says` replaces fields of the answer, for tests."""

    idop: str
    asked: Mapping[str, str]
    opened_at: float = field(default_factory=time.time)
    outcome: str = ""
    decided_at: float = 0.0
    numauto: str = ""
    says: dict[str, str] = field(default_factory=dict)

    @property
    def may_still_be_paid(self) -> bool:
        """Say whether somebody may still pay with it."""
        return self.outcome not in PAID and time.time() - self.opened_at < USEFUL_SECONDS

    def answer_about_operation(self) -> dict[str, str]:
        """Return what the service says of it; raises Refused while there is no result."""
        if not self.outcome:
            raise Refused(NOT_YET)
        at = datetime.fromtimestamp(self.decided_at, ZoneInfo("Europe/Paris"))
        kept = {name: self.asked.get(name, "") for name in ASKED if not name.startswith("url")}
        decided = {
            "dattrans": at.strftime("%d%m%Y"),
            "heurtrans": at.strftime("%H%M"),
            "idOp": self.idop,
            "numauto": self.numauto,
            "resultrans": self.outcome,
        }
        return dict(sorted((kept | decided | self.says).items()))


class Operations:
    """All payments of one run of the stand-in, in memory."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[str, Operation] = {}

    def open_operation(self, asked: Mapping[str, str]) -> str:
        """Open a payment; raises Refused for a field that the service would not take."""
        for name in ASKED:
            if not re.fullmatch(_FORMS[name], asked.get(name, "")):
                raise Refused(_CODES[name])
        if not 100 <= int(asked["montant"]) <= 10_000_000:
            raise Refused(_CODES["montant"])
        operation = Operation(str(uuid.uuid4()), dict(asked))
        with self._lock:
            self._held[operation.idop] = operation
        return operation.idop

    def find_operation(self, idop: str) -> Operation:
        """Return a payment; raises Refused for one that is unknown or was purged."""
        with self._lock:
            if idop not in self._held:
                raise Refused(UNKNOWN)
            return self._held[idop]

    def end_operation(self, idop: str, outcome: str) -> Operation:
        """Let a payment end; what is paid stays paid."""
        operation = self.find_operation(idop)
        with self._lock:
            if operation.outcome not in PAID:
                operation.outcome = outcome
                operation.decided_at = time.time()
                operation.numauto = uuid.uuid4().hex[:6].upper() if outcome in PAID else ""
        return operation

    def purge_operation(self, idop: str) -> None:
        """Purge one, as the service does at night."""
        with self._lock:
            self._held.pop(idop, None)

    def all_operations(self) -> list[Operation]:
        """Return every payment, the first opened first."""
        with self._lock:
            return list(self._held.values())
