"""Client of PayFiP: opens a payment, reads its result, reads the owner of a client number."""

from dataclasses import asdict
from functools import cache, cached_property
from pathlib import Path
from threading import BoundedSemaphore
from urllib.parse import urlencode

import zeep
from zeep.exceptions import Fault

from services.billing.payments.payfip.rules import order_fields
from services.billing.payments.payfip.transport import PatientTransport
from services.billing.payments.payfip.types import Declined, Detail, Order, PayFipUnavailable
from shared.runtime.logs import log_error
from shared.runtime.no_waiting_in_writes import assert_not_writing

WSDL = Path(__file__).with_name("payfip.wsdl")
NAMESPACE = (
    "http://securite.service.tpa.cp.finances.gouv.fr"
    "/services/mas_securite/contrat_paiement_securise/PaiementSecuriseService"
)
BINDING = f"{{{NAMESPACE}}}PaiementSecuriseBinding"

PATIENCE_SECONDS = 4.0
"""A person waits for it, and the bus for the person; a poll comes back later."""

AT_ONCE = 10
"""The most questions at a time: where PayFiP hangs, billing goes on answering everything else."""


class PayFip:
    """
    PayFiP at one address; safe to share between threads and greenlets.

    Every call raises PayFipUnavailable without an answer, Declined on a refusal. Nothing may
    be asked inside a write.
    """

    def __init__(self, service: str, page: str, patience: float = PATIENCE_SECONDS) -> None:
        self._service = service
        self._page = page
        self._patience = patience
        self._turns = BoundedSemaphore(AT_ONCE)

    def open_operation(self, order: Order) -> str:
        """
        Open a payment; return PayFiP's number of it, `idop`, good for about 15 minutes.

        Raises FieldsRefused before anything is sent.
        """
        order_fields.check_order(order)
        idop = self._ask_payfip(
            "creerPaiementSecurise", asdict(order)
        )  # zeep unwraps an only field
        if not order_fields.is_idop(idop):
            raise PayFipUnavailable
        return str(idop)

    def ask_for_outcome(self, idop: str) -> Detail:
        """Return what became of a payment; raises Declined (P5, P1) where that is unknown."""
        if not order_fields.is_idop(idop):
            raise Declined("P1")
        answer = self._ask_payfip("recupererDetailPaiementSecurise", {"idOp": idop})
        values = {name: _text_of_answer(answer, name) for name in Detail.__dataclass_fields__}
        return Detail(**{**values, "idop": _text_of_answer(answer, "idOp")})

    def name_of_client_number(self, numcli: str) -> str:
        """Return under which name PayFiP knows a client number; to check a régie's settings."""
        answer = self._ask_payfip("recupererDetailClient", {"numCli": numcli})
        return " ".join(filter(None, (_text_of_answer(answer, f"libelleN{n}") for n in (1, 2, 3))))

    def payment_url(self, idop: str) -> str:
        """Return the address at which a person pays."""
        return f"{self._page}?{urlencode({'idop': idop})}"

    def _ask_payfip(self, operation: str, request: dict[str, str]) -> object:
        """Ask; whatever a library says about it ends here, since it may quote what was sent."""
        assert_not_writing()
        if not self._turns.acquire(blocking=False):
            raise PayFipUnavailable
        try:
            return getattr(self._soap_proxy, operation)(arg0=request)
        except Fault as fault:
            failure: Exception = _refusal_or_breakdown_of_fault(fault)
        except Exception as error:
            log_error("payfip_silent", error)
            failure = PayFipUnavailable()
        finally:
            self._turns.release()
        raise failure

    @cached_property
    def _soap_proxy(self) -> object:
        settings = zeep.Settings(forbid_dtd=True, xsd_ignore_sequence_order=True)
        transport = PatientTransport(self._patience)
        described = zeep.Client(str(WSDL), transport=transport, settings=settings)
        return described.create_service(BINDING, self._service)


@cache
def payfip_at(service: str, page: str) -> PayFip:
    """Return this process's client for an address."""
    return PayFip(service, page)


def _refusal_or_breakdown_of_fault(fault: Fault) -> Declined | PayFipUnavailable:
    """Distinguish refusal from breakdown: only FonctionnelleErreur refers to the request."""
    for element in fault.detail if fault.detail is not None else ():
        if element.tag.rpartition("}")[2] == "FonctionnelleErreur":
            code = next(
                (str(child.text) for child in element if _has_local_name(child.tag, "code")), ""
            )
            return Declined(code if order_fields.is_code(code) else "unknown")
    return PayFipUnavailable()


def _has_local_name(tag: str, name: str) -> bool:
    return tag.rpartition("}")[2] == name


def _text_of_answer(answer: object, name: str) -> str:
    return (getattr(answer, name, None) or "").strip()
