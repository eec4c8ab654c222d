"""
Approvals of the DPO: one signed line each, chained, in an append-only file.

A line says who approved which widenings, why, and from which day on at the earliest. It is signed
with the instance's own Ed25519 key, and holds the digest of the line before it.
"""

import base64
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from deploy.instance.instance import replace_file
from deploy.instance.user_error import UserError
from deploy.register.widenings import Widening, digest_of_widenings
from shared.json_values import as_json

FIRST = "0" * 64


class ApprovalsBroken(UserError):
    """The file is not what was written; the message names the line."""


@dataclass(frozen=True)
class Approval:
    """One decision of the DPO; `valid_from` is the first day on which it may take effect."""

    sequence: int
    at: datetime
    name: str
    reason: str
    valid_from: date
    widenings: tuple[Widening, ...]
    digest: str
    request: str
    """Id of the front desk's request on which it was decided; "" by command."""
    head: str
    """The SHA-256 of its line, which the next line holds."""


class Approvals:
    """
    The approvals of one instance; `signing_key` as `deploy.instance.secrets.new_token_signing_key`.
    """

    def __init__(self, path: Path, signing_key: str) -> None:
        self._path = path
        key = load_pem_private_key(base64.b64decode(signing_key), password=None)
        assert isinstance(key, Ed25519PrivateKey)
        self._key = key

    def read_approvals(self, through: int = 0) -> list[Approval]:
        """
        Return all approvals, verified; there were `through` of them at least.

        Raises ApprovalsBroken for a line that was changed, moved, added by other hands or cut off.
        """
        found = list(self._verified_lines())
        if len(found) < through:
            raise ApprovalsBroken(f"approvals: {through} lines were written, {len(found)} are left")
        return found

    def add_approval(
        self,
        widenings: Sequence[Widening],
        *,
        name: str,
        reason: str,
        valid_from: date,
        at: datetime,
        request: str = "",
    ) -> Approval:
        """Write one more line; raises ApprovalsBroken where those before it do not hold."""
        before = self.read_approvals()
        content = {
            "sequence": len(before) + 1,
            "at": at.isoformat(),
            "name": name,
            "reason": reason,
            "valid_from": valid_from.isoformat(),
            "widenings": [asdict(each) for each in widenings],
            "digest": digest_of_widenings(widenings),
            "request": request,
            "previous": before[-1].head if before else FIRST,
        }
        line = as_json(content | {"signature": self._signature(content)})
        lines = [*self._lines_of_file(), line]
        replace_file(self._path, "".join(f"{each}\n" for each in lines))
        return self._make_approval(content, line)

    def _verified_lines(self) -> Iterator[Approval]:
        previous = FIRST
        for number, line in enumerate(self._lines_of_file(), start=1):
            try:
                content = json.loads(line)
                signature = content.pop("signature")
                self._key.public_key().verify(base64.b64decode(signature), _canonical_json(content))
                approval = self._make_approval(content, line)
            except (ValueError, LookupError, TypeError, AttributeError, InvalidSignature):
                raise ApprovalsBroken(f"approvals: line {number} is not as it was signed") from None
            if content["previous"] != previous or approval.sequence != number:
                raise ApprovalsBroken(f"approvals: line {number} does not follow the one before")
            previous = approval.head
            yield approval

    def _lines_of_file(self) -> list[str]:
        try:
            return self._path.read_text("utf-8").splitlines()
        except FileNotFoundError:
            return []

    def _signature(self, content: dict[str, Any]) -> str:
        return base64.b64encode(self._key.sign(_canonical_json(content))).decode("ascii")

    def _make_approval(self, content: dict[str, Any], line: str) -> Approval:
        return Approval(
            sequence=content["sequence"],
            at=datetime.fromisoformat(content["at"]),
            name=content["name"],
            reason=content["reason"],
            valid_from=date.fromisoformat(content["valid_from"]),
            widenings=tuple(Widening(**each) for each in content["widenings"]),
            digest=content["digest"],
            request=content.get("request", ""),
            head=hashlib.sha256(line.encode()).hexdigest(),
        )


def _canonical_json(content: dict[str, Any]) -> bytes:
    return json.dumps(content, sort_keys=True, ensure_ascii=False).encode()
