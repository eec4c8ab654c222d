"""
Income by activity and band as it may leave the provider: what under five households paid is hidden.

Pure. An activity's income may be known from the accounts of the town: a small band is never hidden
alone.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from services.enrolment.figures.rules.suppression import covered
from shared.contracts.billing.income import Income
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


def by_activity(rows: Iterable[Income]) -> list[ActivityIncome]:
    """Return what was billed by activity; what another software billed, without one, comes last."""
    found: dict[str, ActivityIncome] = {}
    for row in rows:
        found.setdefault(row["activity"], ActivityIncome(row["activity"])).rows.append(row)
    return sorted(found.values(), key=lambda each: (not each.activity, each.activity))


def leaving(rows: Iterable[Income]) -> list[IncomeLine]:
    """Return rows as they may leave, an activity after the other."""
    return [line for each in by_activity(rows) for line in _lines(each.rows)]


def published_income(rows: Iterable[Income], name: Callable[[str], str]) -> list[IncomeRow]:
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
        for line in leaving(rows)
    ]


def _lines(rows: Sequence[Income]) -> Iterable[IncomeLine]:
    hidden = covered([row["households"] for row in rows])
    for at, row in enumerate(rows):
        shown = at not in hidden
        yield IncomeLine(
            row["activity"],
            row["basis"],
            row["from_cents"],
            row["to_cents"],
            row["households"] if shown else None,
            row["cents"] if shown else None,
        )
