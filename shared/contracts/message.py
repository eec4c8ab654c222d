"""
What a message on the bus looks like: a method (asked and answered) or an event (told).

Each contract stands once, in the module of the principal that owns it. Unknown fields are refused
in requests, and ignored in answers and events, so that two releases can talk during an upgrade.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Literal

from marshmallow import Schema, ValidationError, fields

MOST_BYTES = 256 * 1024
"""The largest body on the bus; a larger one is not read."""

Fields = Mapping[str, fields.Field]
Payload = dict[str, Any]


class ContractBroken(Exception):
    """
    A payload does not fit its contract.

    `errors` maps field names to sentences; it never holds the values that were refused.
    """

    def __init__(self, contract: str, errors: Mapping[str, Any]) -> None:
        super().__init__(contract)
        self.contract = contract
        self.errors = dict(errors)


def _schema(name: str, wanted: Fields, unknown: Literal["exclude", "raise"]) -> Schema:
    return Schema.from_dict(dict(wanted), name=name)(unknown=unknown)


def _load(contract: str, schema: Schema, payload: Any) -> SimpleNamespace:
    try:
        loaded = schema.load(payload)
    except ValidationError as error:
        raise ContractBroken(contract, error.normalized_messages()) from None
    return SimpleNamespace(**loaded)


class Method:
    """
    A question that the principal `owner` answers.

    `writes` says that it changes something: it is then idempotent by its request id.
    """

    def __init__(
        self,
        owner: str,
        name: str,
        *,
        request: Fields,
        answer: Fields,
        writes: bool = False,
        version: int = 1,
    ) -> None:
        self.owner = owner
        self.name = name
        self.writes = writes
        self.version = version
        self.full_name = f"{owner}.{name}"
        self._request = _schema(f"{owner}_{name}_request", request, "raise")
        self._answer = _schema(f"{owner}_{name}_answer", answer, "exclude")

    def dump_request(self, payload: Payload) -> Payload:
        """Return the request as JSON types; a field that the contract does not know is an error."""
        unknown = payload.keys() - self._request.fields.keys()
        if unknown:
            raise ContractBroken(self.full_name, {name: ["unknown field"] for name in unknown})
        return self._request.dump(payload)

    def load_request(self, payload: Any) -> SimpleNamespace:
        """Return the validated request, one attribute per field; raises ContractBroken."""
        return _load(self.full_name, self._request, payload)

    def dump_answer(self, payload: Payload | None) -> Payload:
        """Return the answer as JSON types; only what the contract names leaves."""
        return self._answer.dump(payload or {})

    def load_answer(self, payload: Any) -> SimpleNamespace:
        """Return the validated answer, one attribute per field; raises ContractBroken."""
        return _load(self.full_name, self._answer, payload)


class Event:
    """
    A fact that `owner` tells, in the past tense.

    An addressed event goes to one principal by a key of its own (`event.<principal>.<topic>`), the
    others to everyone whom the register lists (`event.<name>`). `owner` is a service: for
    `enrolment` it is told by each provider's principal.
    """

    def __init__(
        self,
        owner: str,
        name: str,
        *,
        fields: Fields,
        addressed: bool = False,
        version: int = 1,
    ) -> None:
        self.owner = owner
        self.name = name
        self.addressed = addressed
        self.version = version
        self.full_name = f"{owner}.{name}"
        self._schema = _schema(f"{owner}_{name}", fields, "exclude")

    def dump(self, payload: Payload) -> Payload:
        """Return the event as JSON types, checked against its own contract before it leaves."""
        dumped = self._schema.dump(payload)
        self.load(dumped)
        return dumped

    def load(self, payload: Any) -> SimpleNamespace:
        """Return the validated event, one attribute per field; raises ContractBroken."""
        return _load(self.full_name, self._schema, payload)


@dataclass(frozen=True)
class Person:
    """
    Who is behind a request, proven by a token.

    `azp` is the principal the token was issued to; `kind` is "family" or "agent". `actor` is the
    agent beside whom a family acts at the front desk (RFC 8693), "" where it acts alone.
    """

    subject: str
    azp: str
    kind: str
    actor: str = ""
