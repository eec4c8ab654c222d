"""Client of API Particulier: asks for the quotient of one person, in the name of the town."""

from datetime import date
from functools import cache
from hashlib import sha256
from threading import BoundedSemaphore
from urllib.parse import urlencode

from services.billing.payers.api_particulier.rules.answers import (
    FundQuotient,
    FundsAway,
    NoQuotient,
    NotAsked,
    error_code,
    quotient_of_answer,
)
from services.billing.payers.api_particulier.rules.civil_identity import parameters_of_identity
from shared.contracts.billing.prices.fund_quotients import CivilIdentity
from shared.register import ApiParticulier
from shared.runtime.logs import log
from shared.runtime.outside.http_client import Busy, Silent, Transport
from shared.settings import ApiParticulierAccess

PATH = "/v3/dss/quotient_familial/identite"
PATIENCE_SECONDS = 7.0
"""A person waits for it, and the bus for the person (FUND_SECONDS)."""
AT_ONCE = 5
"""The most questions at a time: a token may ask twenty a second, and billing has other work."""

_turns = BoundedSemaphore(AT_ONCE)


class ApiParticulierClient:
    """API Particulier as one town asks it; safe to share between threads and greenlets."""

    def __init__(self, service: ApiParticulier, token: str, transport: Transport) -> None:
        self._service = service
        self._token = token
        self._transport = transport

    def ask_for_quotient(self, identity: CivilIdentity, on: date) -> FundQuotient:
        """
        Ask for this month's quotient; raises NoQuotient. Nothing may be asked inside a write.

        The State keeps a proof of its answer, of which the reference alone comes along.
        """
        query = urlencode(parameters_of_identity(identity, self._service.siret))
        headers = {"Authorization": f"Bearer {self._token}", "X-Generate-Proof": "proof-only"}
        try:
            answer = self._transport.get(f"{self._service.address}{PATH}?{query}", headers)
        except Busy:
            raise NotAsked from None
        except Silent:
            raise FundsAway from None
        try:
            body = answer.as_json()
        except Silent:
            body = {}
        try:
            return quotient_of_answer(answer.status, body, on)
        except NoQuotient as why:
            log(
                "quotient_not_given",
                status=answer.status,
                code=error_code(body),
                outcome=type(why).__name__,
            )
            raise


def digest_of_token(access: ApiParticulierAccess) -> str:
    """Return what is stored of a token that was refused."""
    return sha256(access.token.encode()).hexdigest()


@cache
def api_particulier_client(
    service: ApiParticulier, access: ApiParticulierAccess, patience: float = PATIENCE_SECONDS
) -> ApiParticulierClient:
    """Return this process's client; all of a process share its turns."""
    transport = Transport("api_particulier_silent", _turns, patience, access.proxy)
    return ApiParticulierClient(service, access.token, transport)
