"""Guardians who may write: the bench plays identity's part, with identity's credentials."""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from bench.ground import laying
from bench.town import Town
from shared.bus.broker.publisher import CONFIRMED, Publisher, Receipt
from shared.contracts.identity import accounts
from shared.person import issue_token
from shared.runtime.ids import new_id

FAMILY = "family"
LONGEST_SECONDS = 30.0
LIFETIME = timedelta(hours=1)
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


@laying
def introduce(
    town: Town, guardians: Iterable[str], callees: Sequence[str] = ("dossier",)
) -> dict[str, str]:
    """Have these services know these guardians, and return a token of the portal for each."""
    subjects = sorted(set(guardians))
    publisher = Publisher(town.settings("identity").amqp_uri, "identity", confirms=True)
    receipts = [_publish(publisher, callee, subject) for callee in callees for subject in subjects]
    if any(receipt.wait(LONGEST_SECONDS) != CONFIRMED for receipt in receipts):
        raise TimeoutError("the broker has the guardians")
    publisher.close()
    for callee in callees:
        town.wait_rows(callee, "subject", len(subjects))
    return {
        subject: issue_token(town.signing_key, subject, "portal", FAMILY, LIFETIME)
        for subject in subjects
    }


def _publish(publisher: Publisher, callee: str, subject: str) -> Receipt:
    event = accounts.subject_changed
    state = accounts.SubjectChanged(
        subject=subject,
        kind=FAMILY,
        name="Claire Lefèvre",
        version=1,
        not_before=_LONG_AGO,
        active=True,
        rights=[],
    )
    return publisher.publish(
        "out.identity",
        f"event.{callee}.{event.name}",
        json.dumps(event.dump(state), ensure_ascii=False).encode(),
        message_id=new_id(),
        type=event.full_name,
        headers={"version": event.version},
        persistent=True,
    )
