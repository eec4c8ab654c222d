"""« Qui a lu »: one line per group of reads, unusual ones first (rule R13)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from services.portal_gateway.labels import dossier as record_labels
from shared.contracts.dossier.guardians import Readings
from shared.dates.clock import PARIS
from shared.register import Register
from shared.register.declarations import OPS
from shared.web.language.provider_badges import Mark, badge_by_code


@dataclass(frozen=True)
class Reading:
    """
    Readings by one function of one provider: what, how often and why; never which agent.

    `is_in_towns_words`: why is said as the town file says it, in French.
    """

    mark: Mark
    role: str
    label: str
    purpose: str
    is_in_towns_words: bool
    times: int
    first_at: datetime
    last_at: datetime
    unusual: bool


def readings_in_page_order(register: Register, reads: Iterable[Readings]) -> list[Reading]:
    """Return the reads in the order of the page: unusual first, then the latest first."""
    rows = [_shown_reading(register, row) for row in reads]
    return sorted(rows, key=lambda row: (not row.unusual, -row.last_at.timestamp()))


def readings_by_month(rows: Iterable[Reading]) -> dict[datetime, list[Reading]]:
    """Return ordinary reads under the first day of their month."""
    months: dict[datetime, list[Reading]] = {}
    for row in rows:
        local = row.last_at.astimezone(PARIS)
        first = local.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        months.setdefault(first, []).append(row)
    return months


def _shown_reading(register: Register, row: Readings) -> Reading:
    provider, projection = row["provider"], row["projection"]
    return Reading(
        mark=badge_by_code(register, "" if provider == OPS else provider),
        role=record_labels.role_label(register, provider, row["role"]),
        label=str(record_labels.READ_PARTS[projection]),
        purpose=record_labels.purpose_label(register, provider, projection, row["purpose"]),
        is_in_towns_words=record_labels.is_purpose_of_town(row["purpose"]),
        times=row["times"],
        first_at=row["first_at"],
        last_at=row["last_at"],
        unusual=row["unusual"],
    )
