"""Spending of a guardian's households in a school year, as its pages show it. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from services.portal_gateway.bills.rules.bills import Bill, Payment, is_unclear
from shared.contracts.billing.bills import PAID
from shared.contracts.billing.figures import spending as contract
from shared.dates.months import months_between
from shared.dates.school_years import first_and_last_month_of
from shared.text import collation_key

AUTUMN, WINTER, SPRING, SUMMER = "autumn", "winter", "spring", "summer"
SEASONS: Mapping[str, Sequence[str]] = {
    AUTUMN: ("09", "10", "11", "12"),
    WINTER: ("01", "02", "03"),
    SPRING: ("04", "05", "06"),
    SUMMER: ("07", "08"),
}
"""The months of each season of a school year, in its order."""
SEASON_OF = {month: season for season, months in SEASONS.items() for month in months}
WIDE = 1000
"""The whole of a bar."""


@dataclass(frozen=True, slots=True)
class Spent:
    """
    Charge of one month's bills for one activity of one child; cents.

    `child_key` names a child in addresses: its id, or its first name where another software said no
    more; "" for the household's own.
    """

    provider: str
    month: str
    child_key: str
    child: str
    activity: str
    label: str
    cents: int


@dataclass(frozen=True, slots=True)
class Sum:
    """One row of a breakdown; `width` is its bar, of WIDE."""

    key: str
    name: str
    provider: str
    cents: int
    width: int = 0


@dataclass(frozen=True, slots=True)
class ActivitySum:
    """Cost of one activity, by season, with the children concerned."""

    label: str
    provider: str
    children: Sequence[str]
    by_season: Mapping[str, int]
    cents: int


@dataclass(frozen=True, slots=True)
class Refunded:
    """An advance that a régie paid back by transfer; cents."""

    provider: str
    on: date
    cents: int


@dataclass(frozen=True)
class Spending:
    """A school year's bills, and what they charge; the sum of both is one, to the cent."""

    year: int
    years: Sequence[Sum]
    spent: Sequence[Spent]
    bills: Sequence[Bill]
    payments: Sequence[Payment]
    refunds: Sequence[Refunded] = ()

    @staticmethod
    def from_answers(year: int, answers: Mapping[str, contract.SpendingAnswer]) -> "Spending":
        """Return what billing answered of each household."""
        rows = [row for answer in answers.values() for row in answer.spent]
        ids = _ids_by_name(rows)
        return Spending(
            year,
            _sums_of_years([row for answer in answers.values() for row in answer.years]),
            [_spent_of_row(row, ids) for row in rows],
            [
                Bill.from_card_row(row["provider"], household, row)
                for household, answer in answers.items()
                for row in answer.bills
            ],
            [
                Payment.from_card_row(row["provider"], row)
                for answer in answers.values()
                for row in answer.payments
            ],
            [Refunded(**row) for answer in answers.values() for row in answer.refunds],
        )

    def narrowed_to_child_and_provider(self, child_key: str = "", provider: str = "") -> "Spending":
        """Return what concerns one child, one provider; bills have no child."""
        return replace(
            self,
            spent=[
                row
                for row in self.spent
                if child_key in ("", row.child_key) and provider in ("", row.provider)
            ],
            bills=[bill for bill in self.bills if provider in ("", bill.provider)],
            refunds=[row for row in self.refunds if provider in ("", row.provider)],
        )

    @property
    def total_cents(self) -> int:
        return sum(row.cents for row in self.spent)

    @property
    def to_pay_cents(self) -> int:
        """Return what waits for the family, as the page of bills has it."""
        owed = (bill for bill in self.bills if bill.is_to_pay)
        return sum(bill.balance_cents for bill in owed if not is_unclear(bill, self.payments))

    @property
    def to_be_debited_cents(self) -> int:
        """Return what will be debited."""
        return sum(bill.balance_cents for bill in self.bills if bill.is_open and bill.debit_on)

    @property
    def checked_cents(self) -> int:
        """Return what is being checked, a payment that may have come included."""
        return sum(
            bill.balance_cents
            for bill in self.bills
            if (bill.is_open and bill.checking and not bill.debit_on)
            or (bill.is_to_pay and is_unclear(bill, self.payments))
        )

    @property
    def transferred_cents(self) -> int:
        return sum(bill.balance_cents for bill in self.bills if bill.is_transferred)

    @property
    def cleared_cents(self) -> int:
        """Return what is paid, or was taken back: all that is owed nowhere any more."""
        owed = (
            self.to_pay_cents
            + self.to_be_debited_cents
            + self.checked_cents
            + self.transferred_cents
        )
        return sum(bill.total_cents for bill in self.bills) - owed

    @property
    def by_child(self) -> list[Sum]:
        return _sums_by_name(self.spent, lambda row: (row.child_key, row.child, ""))

    @property
    def by_provider(self) -> list[Sum]:
        return _sums_by_name(self.spent, lambda row: (row.provider, "", row.provider))

    @property
    def by_month(self) -> list[Sum]:
        """Return all months of the year, in their order; nothing where nothing was billed."""
        sums = dict.fromkeys(months_between(*first_and_last_month_of(self.year)), 0)
        for row in self.spent:
            sums[row.month] += row.cents
        return _with_widths([Sum(month, "", "", cents) for month, cents in sums.items()])

    @property
    def by_activity(self) -> list[ActivitySum]:
        """Return activities by what they cost, the dearest first."""
        rows_of: dict[tuple[str, str], list[Spent]] = {}
        for row in self.spent:
            rows_of.setdefault((row.provider, row.label), []).append(row)
        sums = [_activity_sum(*key, rows) for key, rows in rows_of.items()]
        return sorted(sums, key=lambda each: (-each.cents, each.label, each.provider))

    @property
    def seasons_billed(self) -> list[str]:
        """Return the seasons in which anything was billed, in their order."""
        found = {SEASON_OF[row.month[5:]] for row in self.spent}
        return [season for season in SEASONS if season in found]

    def cents_of_season(self, season: str) -> int:
        return sum(row.cents for row in self.spent if SEASON_OF[row.month[5:]] == season)

    def payments_of(self, invoice_id: str) -> list[Payment]:
        """Return what came for a bill, the latest first."""
        rows = (each for each in self.payments if each.invoice_id == invoice_id)
        return sorted((p for p in rows if p.state == PAID), key=lambda p: p.at, reverse=True)

    @property
    def past_bills(self) -> list[Bill]:
        """Return the bills of which nothing is owed, credit notes too, the latest first."""
        over = [bill for bill in self.bills if not (bill.is_open or bill.is_transferred)]
        return sorted(over, key=lambda bill: (bill.issued_on, bill.number), reverse=True)


def _spent_of_row(row: contract.Spent, ids: Mapping[str, str]) -> Spent:
    child = row["child"]
    return Spent(
        row["provider"],
        row["month"],
        row["child_id"] or ids.get(child, child),
        child,
        row["activity"],
        row["label"],
        row["cents"],
    )


def _ids_by_name(rows: Iterable[contract.Spent]) -> Mapping[str, str]:
    """Return ids by first name; none of a name that two children have."""
    ids: dict[str, set[str]] = {}
    for row in rows:
        if row["child_id"]:
            ids.setdefault(row["child"], set()).add(row["child_id"])
    return {name: min(found) for name, found in ids.items() if len(found) == 1}


def _sums_of_years(rows: Iterable[contract.YearTotal]) -> list[Sum]:
    totals: dict[int, int] = {}
    for row in rows:
        totals[row["year"]] = totals.get(row["year"], 0) + row["cents"]
    listed = [Sum(str(year), "", "", totals[year]) for year in sorted(totals, reverse=True)]
    return _with_widths(listed)


def _sums_by_name(
    rows: Iterable[Spent], named: Callable[[Spent], tuple[str, str, str]]
) -> list[Sum]:
    cents: dict[str, int] = {}
    names: dict[str, tuple[str, str]] = {}
    for row in rows:
        key, *name = named(row)
        cents[key] = cents.get(key, 0) + row.cents
        names[key] = (name[0], name[1])
    sums = [Sum(key, *names[key], cents[key]) for key in cents]
    return _with_widths(sorted(sums, key=lambda each: (-each.cents, each.name, each.key)))


def _with_widths(sums: Sequence[Sum]) -> list[Sum]:
    most = max((each.cents for each in sums), default=0)
    if most <= 0:
        return list(sums)
    return [replace(each, width=max(each.cents, 0) * WIDE // most) for each in sums]


def _activity_sum(provider: str, label: str, rows: Sequence[Spent]) -> ActivitySum:
    by_season: dict[str, int] = {}
    for row in rows:
        season = SEASON_OF[row.month[5:]]
        by_season[season] = by_season.get(season, 0) + row.cents
    children = sorted({row.child for row in rows if row.child}, key=collation_key)
    return ActivitySum(label, provider, children, by_season, sum(row.cents for row in rows))
