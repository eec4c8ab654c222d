"""The description that the stand-in gives of itself at `?wsdl`, made from a table."""

from deploy.demo.payfip_stub.operations import ASKED
from deploy.demo.payfip_stub.soap import CLIENT, CREATE, DETAIL, SERVICE

_REQUESTS = "http://securite.service.tpa.cp.finances.gouv.fr/requete"
_ANSWERS = "http://securite.service.tpa.cp.finances.gouv.fr/reponse"

_DETAIL = (
    *("dattrans", "exer", "heurtrans", "idOp", "mel", "montant", "numauto", "numcli", "objet"),
    *("refdet", "resultrans", "saisie"),
)
_TYPES = {
    "CreerPaiementSecuriseRequest": ASKED,
    "CreerPaiementSecuriseResponse": ("idOp",),
    "RecupererDetailPaiementSecuriseRequest": ("idOp",),
    "RecupererDetailPaiementSecuriseResponse": _DETAIL,
    "RecupererDetailClientRequest": ("numCli",),
    "RecupererDetailClientResponse": ("libelleN1", "libelleN2", "libelleN3", "numcli"),
}
_FAULTS = (
    "FonctionnelleErreur",
    "TechDysfonctionnementErreur",
    "TechIndisponibiliteErreur",
    "TechProtocolaireErreur",
)
_OPERATIONS = (CREATE, DETAIL, CLIENT)


def wsdl_of_stub(address: str) -> bytes:
    """Return the WSDL of the stand-in at an address."""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<w:definitions name="PaiementSecuriseService" targetNamespace="{SERVICE}"
  xmlns:w="http://schemas.xmlsoap.org/wsdl/" xmlns:s="http://schemas.xmlsoap.org/wsdl/soap/"
  xmlns:x="http://www.w3.org/2001/XMLSchema" xmlns:t="{SERVICE}" xmlns:q="{_REQUESTS}"
  xmlns:a="{_ANSWERS}">
<w:types>
<x:schema targetNamespace="{_REQUESTS}">{_types("CreerPaiementSecuriseRequest")}</x:schema>
<x:schema targetNamespace="{_ANSWERS}">{_types(*list(_TYPES)[1:])}</x:schema>
<x:schema targetNamespace="{SERVICE}"><x:import namespace="{_REQUESTS}"/>
<x:import namespace="{_ANSWERS}"/>{"".join(map(_elements, _OPERATIONS))}{_fault_elements()}
</x:schema>
</w:types>
{"".join(map(_messages, _OPERATIONS))}{_fault_messages()}
<w:portType name="PaiementSecuriseService">{"".join(map(_port, _OPERATIONS))}</w:portType>
<w:binding name="PaiementSecuriseServicePortBinding" type="t:PaiementSecuriseService">
<s:binding transport="http://schemas.xmlsoap.org/soap/http" style="document"/>
{"".join(map(_binding_of, _OPERATIONS))}</w:binding>
<w:service name="PaiementSecuriseService">
<w:port name="PaiementSecuriseServicePort" binding="t:PaiementSecuriseServicePortBinding">
<s:address location="{address}"/></w:port></w:service>
</w:definitions>
""".encode()


def _types(*names: str) -> str:
    return "".join(
        f'<x:complexType name="{name}"><x:sequence>{_text_types(*_TYPES[name])}</x:sequence>'
        "</x:complexType>"
        for name in names
    )


def _text_types(*names: str) -> str:
    return "".join(f'<x:element name="{name}" type="x:string" minOccurs="0"/>' for name in names)


def _elements(operation: str) -> str:
    name = operation[0].upper() + operation[1:]
    asked = f"{'q' if operation == CREATE else 'a'}:{name}Request"
    return _element(operation, "arg0", asked) + _element(
        f"{operation}Response", "return", f"a:{name}Response"
    )


def _element(name: str, part: str, kind: str) -> str:
    return (
        f'<x:element name="{name}"><x:complexType><x:sequence>'
        f'<x:element name="{part}" type="{kind}" minOccurs="0"/>'
        "</x:sequence></x:complexType></x:element>"
    )


def _fault_elements() -> str:
    texts = _text_types("code", "descriptif", "libelle", "message")
    severity = '<x:element name="severite" type="x:int"/>'
    return "".join(
        f'<x:element name="{name}"><x:complexType><x:sequence>{texts}{severity}</x:sequence>'
        "</x:complexType></x:element>"
        for name in _FAULTS
    )


def _messages(operation: str) -> str:
    return "".join(
        f'<w:message name="{name}"><w:part name="parameters" element="t:{name}"/></w:message>'
        for name in (operation, f"{operation}Response")
    )


def _fault_messages() -> str:
    return "".join(
        f'<w:message name="{name}"><w:part name="fault" element="t:{name}"/></w:message>'
        for name in _FAULTS
    )


def _port(operation: str) -> str:
    faults = "".join(f'<w:fault name="{name}" message="t:{name}"/>' for name in _FAULTS)
    return (
        f'<w:operation name="{operation}"><w:input message="t:{operation}"/>'
        f'<w:output message="t:{operation}Response"/>{faults}</w:operation>'
    )


def _binding_of(operation: str) -> str:
    body = '<s:body use="literal"/>'
    faults = "".join(
        f'<w:fault name="{name}"><s:fault name="{name}" use="literal"/></w:fault>'
        for name in _FAULTS
    )
    return (
        f'<w:operation name="{operation}"><s:operation soapAction=""/><w:input>{body}</w:input>'
        f"<w:output>{body}</w:output>{faults}</w:operation>"
    )
