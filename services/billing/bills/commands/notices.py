"""Publishes notices about bills to the portal, each once per household."""

from collections.abc import Mapping
from datetime import date, datetime

from services.billing.payers.queries.record_holds import households_on_hold_among
from shared.contracts.billing.bills import BillNotice, bill_notice
from shared.database import Write


def notify_unless_on_hold(
    write: Write,
    provider: str,
    household_id: str,
    key: str,
    kind: str,
    detail: Mapping[str, object],
    at: datetime,
    replaces: str = "",
) -> None:
    """
    Publish a notice once, unless the household is on hold (rules' test 10).

    The arguments are those of `publish_notice`.
    """
    if not households_on_hold_among(write, [household_id]):
        publish_notice(write, provider, household_id, key, kind, detail, at, replaces)


def publish_notice(
    write: Write,
    provider: str,
    household_id: str,
    key: str,
    kind: str,
    detail: Mapping[str, object],
    at: datetime,
    replaces: str = "",
) -> None:
    """
    Publish a notice to a household; idempotent by the `key` of a provider.

    `detail` holds number, month, cents, due_on, asks_back, means; days become ISO text. No name, no
    quotient. `replaces` is the key of one that is not true any more. For who has left out
    households on hold already, as a run has.
    """
    notice = BillNotice(
        household_id=household_id,
        provider=provider,
        key=key,
        kind=kind,
        detail={
            name: value.isoformat() if isinstance(value, date) else value
            for name, value in detail.items()
        },
        at=at,
        replaces=replaces,
    )
    write.publish(bill_notice, notice)
