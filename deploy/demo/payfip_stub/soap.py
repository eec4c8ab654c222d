"""SOAP 1.1 by hand: what is asked out of an envelope, and answers and faults into one."""

from collections.abc import Mapping
from xml.etree import ElementTree
from xml.sax.saxutils import escape

SERVICE = (
    "http://securite.service.tpa.cp.finances.gouv.fr"
    "/services/mas_securite/contrat_paiement_securise/PaiementSecuriseService"
)
ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
CREATE, DETAIL, CLIENT = (
    "creerPaiementSecurise",
    "recupererDetailPaiementSecurise",
    "recupererDetailClient",
)

FUNCTIONAL = "FonctionnelleErreur"
_FAULTSTRING = "fr.gouv.finances.cp.tpa.webservice.exceptions"


class NoEnvelope(Exception):
    """The request is not an envelope with one operation."""


def read_envelope(body: bytes) -> tuple[str, dict[str, str]]:
    """Return the operation that is asked for, and the fields of its only argument."""
    try:
        envelope = ElementTree.fromstring(body)
    except ElementTree.ParseError:
        raise NoEnvelope from None
    operation = envelope.find(f"{{{ENVELOPE}}}Body/*")
    if operation is None or not operation.tag.startswith(f"{{{SERVICE}}}"):
        raise NoEnvelope
    argument = operation.find("arg0")
    fields = argument if argument is not None else ()
    return _local_name(operation.tag), {_local_name(each.tag): each.text or "" for each in fields}


def answer_envelope(operation: str, fields: Mapping[str, str]) -> bytes:
    """Return the envelope that answers an operation."""
    inside = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in fields.items())
    element = f"{operation}Response"
    return _envelope_around(
        f'<n:{element} xmlns:n="{SERVICE}"><return>{inside}</return></n:{element}>'
    )


def fault_envelope(code: str, kind: str = FUNCTIONAL) -> bytes:
    """Return the envelope of one of the four faults."""
    text = f"Code {code} de la banque de démonstration"
    detail = (
        f'<n:{kind} xmlns:n="{SERVICE}"><code>{escape(code)}</code>'
        f"<descriptif>{text}</descriptif><libelle>{text}</libelle>"
        f"<message>{text}</message><severite>2</severite></n:{kind}>"
    )
    return _envelope_around(
        "<S:Fault><faultcode>S:Server</faultcode>"
        f"<faultstring>{_FAULTSTRING}.{kind}</faultstring><detail>{detail}</detail></S:Fault>"
    )


def _envelope_around(inside: str) -> bytes:
    return (
        "<?xml version='1.0' encoding='UTF-8'?>"
        f'<S:Envelope xmlns:S="{ENVELOPE}"><S:Body>{inside}</S:Body></S:Envelope>'
    ).encode()


def _local_name(tag: str) -> str:
    return tag.rpartition("}")[2]
