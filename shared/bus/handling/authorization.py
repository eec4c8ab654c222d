"""Authorization of a request: caller, person and right, by the register and a signed token."""

from typing import Any

from shared.bus.handling.envelope import Envelope, Malformed
from shared.bus.service_declarations import RpcDeclaration, Service
from shared.contracts.errors import BadRequest, NotAllowed, NotEntitled
from shared.contracts.message import Caller, ContractBroken, Person
from shared.person import TokenCheck, Verifier


class Authorization:
    """The checks of one callee, in their order; rights read the database of `service`."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._settings = service.settings
        self._tokens = TokenCheck(Verifier(self._settings.token_verify_key), service.account_status)

    def authorize(self, envelope: Envelope, answer: RpcDeclaration) -> tuple[Any, Caller]:
        """
        Return the parsed request and its verified caller.

        Raises Malformed for another version or type than the contract's, and the refusals
        NotAllowed, BadRequest, NotSignedIn and NotEntitled.
        """
        contract = answer.contract
        if envelope.type != contract.full_name or envelope.version != contract.version:
            raise Malformed("type")
        if envelope.source not in self._settings.register.callers(
            self._settings.principal, contract.name
        ):
            raise NotAllowed(callee=self._settings.principal, method=contract.name)
        try:
            request = contract.load_request(envelope.content())
        except ContractBroken as broken:
            raise BadRequest(errors=broken.errors) from None
        with self._service.store.sharing_one_read():
            person = self._verify_person(envelope, answer)
            caller = Caller(envelope.source, person, envelope.message_id)
            if not answer.right(self._service, caller, request):
                raise NotEntitled(method=contract.name)
        return request, caller

    def _verify_person(self, envelope: Envelope, answer: RpcDeclaration) -> Person | None:
        if not answer.right.needs_person:
            return None
        return self._tokens.person(str(envelope.headers.get("token", "")), envelope.source)
