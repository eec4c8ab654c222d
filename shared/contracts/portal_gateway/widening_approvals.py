"""Approvals of widenings: what operations ask the data protection office at the front desk."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, TypedDict

from marshmallow import validate

from shared.contracts.message import Method
from shared.contracts.values import Code, Id, list_length, maybe_text, one_of, text

OWNER = "front_desk"

APPROVED, REFUSED, WAITING = "approved", "refused", ""
MOST_WIDENINGS = 200
MOST_WORDS = 1000
MOST_REASON = 500


class AskedWidening(TypedDict):
    """One thing that the town file would make known more widely (`deploy.register.widenings`)."""

    kind: Code
    provider: Annotated[str, maybe_text(40)]
    what: Code
    before: Annotated[str, maybe_text(MOST_WORDS)]
    after: Annotated[str, text(MOST_WORDS)]


def digest_of_differences(widenings: Iterable[Mapping[str, object]]) -> str:
    """Return the SHA-256 of exactly these differences, in whatever order: both sides say it."""
    rows = sorted(json.dumps(dict(each), sort_keys=True) for each in widenings)
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()


@dataclass(frozen=True)
class AskApprovalRequest:
    """
    All that the town file widens and nobody has approved; none where it widens nothing any more.

    `signed` are the requests of before that asked for exactly this and were signed, or that were
    withdrawn since: each is good once.
    """

    widenings: Annotated[list[AskedWidening], list_length(0, MOST_WIDENINGS)]
    signed: Annotated[list[Id], list_length(0, MOST_WIDENINGS)]


@dataclass(frozen=True)
class AskApprovalAnswer:
    """
    The request's id (None: nothing is asked), the verdict on it, by whom and why.

    `decisions` counts those on this request so far: it never falls.
    """

    request_id: Id | None
    verdict: Annotated[str, one_of((WAITING, APPROVED, REFUSED))]
    name: Annotated[str, maybe_text(120)]
    reason: Annotated[str, maybe_text(MOST_REASON)]
    decisions: Annotated[int, validate.Range(0)] = 0


ask_approval = Method(OWNER, "ask_approval", AskApprovalRequest, AskApprovalAnswer)
"""
Keep what is asked for the data protection office to decide, and answer what it decided so far.

Safe to repeat: the same difference is one request until it was signed. Asked for something else,
the former is withdrawn. Approved here is not signed yet, and widens nothing.
"""
