"""The wall of the person: a token from whom it was issued to, for somebody still welcome."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from shared.contracts.errors import NotSignedIn
from shared.contracts.message import Person
from shared.person.tokens import Verifier


@dataclass(frozen=True, slots=True)
class Standing:
    """What a callee knows of a subject; tokens issued before `not_before` are refused."""

    kind: str
    active: bool
    not_before: datetime


class TokenGate:
    """Lets a person through, or nobody; `standing` looks into the callee's own database."""

    def __init__(self, verifier: Verifier, standing: Callable[[str], Standing | None]) -> None:
        self._verifier = verifier
        self._standing = standing

    def person(self, token: str, caller: str) -> Person:
        """
        Return the person who asks through the verified principal `caller`; raises NotSignedIn.

        A subject without a row is refused: a closed account must not pass because its row is late.
        """
        claims = self._verifier.claims(token)
        if claims.person.azp != caller:
            raise NotSignedIn
        standing = self._standing(claims.person.subject)
        if standing is None or not standing.active or standing.kind != claims.person.kind:
            raise NotSignedIn
        if claims.issued_at < standing.not_before.timestamp():
            raise NotSignedIn
        return claims.person
