"""
Income by activity and band as it may leave the provider: what under five households paid is hidden.

Pure. The income of an activity, or of the provider, may be known from the accounts of the town: a
small band is never hidden alone.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from services.enrolment.figures.rules.suppression import LEAST_SHOWN, hidden_amounts
from shared.contracts.billing.figures.income import Income
from shared.contracts.enrolment.figures import IncomeRow


@dataclass(frozen=True)
class IncomeLine:
    """A row of a file; `households` and `cents` are None where they are hidden."""

    activity: str
    basis: str
    from_cents: int | None
    to_cents: int | None
    households: int | None
    cents: int | None

    @property
    def is_hidden(self) -> bool:
        return self.cents is None


@dataclass
class ActivityIncome:
    """Income of one activity, by band."""

    activity: str
    rows: list[Income] = field(default_factory=list)

    @property
    def cents(self) -> int:
        return sum(row["cents"] for row in self.rows)


def income_by_activity(rows: Iterable[Income]) -> list[ActivityIncome]:
    """Return what was billed by activity; what another software billed, without one, comes last."""
    found: dict[str, ActivityIncome] = {}
    for row in rows:
        found.setdefault(row["activity"], ActivityIncome(row["activity"])).rows.append(row)
    return sorted(found.values(), key=lambda each: (not each.activity, each.activity))


def rows_hidden_where_few(rows: Iterable[Income]) -> list[IncomeLine]:
    """Return rows as they may leave, an activity after the other."""
    activities = income_by_activity(rows)
    every = [row for each in activities for row in each.rows]
    hidden = _indexes_of_hidden_rows(activities, every)
    return [_make_income_line(row, shown=at not in hidden) for at, row in enumerate(every)]


def income_as_council_reads(rows: Iterable[Income], name: Callable[[str], str]) -> list[IncomeRow]:
    """Return rows as the council reads them: the same that may leave, each activity by its name."""
    return [
        {
            "activity": name(line.activity),
            "basis": line.basis,
            "from_cents": line.from_cents,
            "to_cents": line.to_cents,
            "households": line.households,
            "cents": line.cents,
        }
        for line in rows_hidden_where_few(rows)
    ]


def _indexes_of_hidden_rows(
    activities: Iterable[ActivityIncome], every: Sequence[Income]
) -> set[int]:
    """
    Return which of all rows are hidden: of each activity, and where nothing covers, of all of it.

    An activity that has small bands alone would be what the provider's income leaves of the others.
    """
    hidden: set[int] = set()
    start = 0
    for each in activities:
        hidden |= {start + at for at in _rows_hidden_to_cover(each.rows)}
        start += len(each.rows)
    is_covered = any(every[at]["cents"] and every[at]["households"] >= LEAST_SHOWN for at in hidden)
    return hidden if is_covered else hidden | _rows_hidden_to_cover(every)


def _rows_hidden_to_cover(rows: Sequence[Income]) -> set[int]:
    return hidden_amounts([row["households"] for row in rows], [row["cents"] for row in rows])


def _make_income_line(row: Income, *, shown: bool) -> IncomeLine:
    return IncomeLine(
        row["activity"],
        row["basis"],
        row["from_cents"],
        row["to_cents"],
        row["households"] if shown else None,
        row["cents"] if shown else None,
    )
