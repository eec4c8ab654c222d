"""Check of a person's token: sent by whom it was issued to, of an account that is still active."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from shared.contracts.errors import NotSignedIn
from shared.contracts.message import Person
from shared.person.tokens import Claims, Verifier

AGENT = "agent"


@dataclass(frozen=True, slots=True)
class AccountStatus:
    """Account status of a subject at a callee; tokens issued before `not_before` are refused."""

    kind: str
    active: bool
    not_before: datetime


class TokenCheck:
    """Verifies tokens; `account_status` reads a subject's status in the callee's own database."""

    def __init__(
        self, verifier: Verifier, account_status: Callable[[str], AccountStatus | None]
    ) -> None:
        self._verifier = verifier
        self._account_status = account_status

    def person(self, token: str, caller: str) -> Person:
        """
        Return the person who asks through the verified principal `caller`; raises NotSignedIn.

        A subject without a row is refused: a closed account must not pass because its row is late.
        """
        claims = self._verifier.claims(token)
        person = claims.person
        if person.azp != caller:
            raise NotSignedIn
        if person.actor:
            self._require_accompanied(claims)
        elif not _is_token_of_active_account(
            self._account_status(person.subject), person.kind, claims.issued_at
        ):
            raise NotSignedIn
        return person

    def _require_accompanied(self, claims: Claims) -> None:
        """
        Accept a family's accompanied token while its agent's account is active; raises NotSignedIn.

        The agent's `not_before` moves when the session ends and when a right is withdrawn. Most
        families that come to a counter have no account: one that is unknown here, or not yet in
        use, is no reason to refuse; one that cut off its tokens is.
        """
        person, issued_at = claims.person, claims.issued_at
        if not _is_token_of_active_account(self._account_status(person.actor), AGENT, issued_at):
            raise NotSignedIn
        family = self._account_status(person.subject)
        if family and (family.kind != person.kind or issued_at < family.not_before.timestamp()):
            raise NotSignedIn


def _is_token_of_active_account(
    account_status: AccountStatus | None, kind: str, issued_at: float
) -> bool:
    if account_status is None or not account_status.active or account_status.kind != kind:
        return False
    return issued_at >= account_status.not_before.timestamp()
