"""
Two school years before a demonstration's: what its children did, what families paid. Pure.

Drawn from the same offer and the same grids as this year's: a child of CE2 now was in CP two years
ago. They go to the services as another software's past years, which are shown and never owed.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from deploy.demo.invented.attendance import attendance_sheets
from deploy.demo.invented.expected_amounts import Item, Reckoning, Used
from deploy.demo.invented.offer import Child, Offer
from shared.contracts.billing.bills import CHEQUE, INVOICE, ONLINE, PAID, TRANSFER
from shared.contracts.billing.past_bills import PastBill, PastLine, PastPayment
from shared.contracts.dossier import activity_history_requests

YEARS = 2
YOUNGEST = 3
"""Least age in a calendar year at which a child attended anything."""
BATCH = "ancien-logiciel"
MEANS = (CHEQUE, TRANSFER, ONLINE)
DUE_DAYS, SLOWEST_DAYS = 30, 25
LAST_DAY = (7, 2)


class PastYear:
    """One school year that is over, of one provider; `back` years before this one (1 or more)."""

    def __init__(self, offer: Offer, provider: str, children: Sequence[Child], back: int) -> None:
        begins = offer.first_day.year - back
        self.school_year = f"{begins}-{begins + 1}"
        self._offer = offer.offer_of_year(self.school_year)
        self._provider = provider
        younger = [
            replace(child, birth_year=child.birth_year + back)
            for child in children
            if begins - child.birth_year >= YOUNGEST
        ]
        first, last = self._offer.first_day, date(begins + 1, *LAST_DAY)
        self._sheets = list(attendance_sheets(self._offer, provider, younger, first, last))
        self._taken = self._offer.children_taken_by_group(provider, younger)
        self._ids = {child.id: child.reference for child in children}

    @property
    def batch_name(self) -> str:
        """Return the name under which it is brought in, and could be undone."""
        return f"{BATCH}-{self.school_year}-{self._provider}"

    def history_lines(self) -> list[activity_history_requests.PastYear]:
        """Return lines of `import_history`: how often a child came to an activity in each month."""
        activities = self._offer.activity_of_groups(self._provider)
        times: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for sheet in self._sheets:
            for line in sheet["lines"]:
                if line["quantity"]:
                    key = (line["child_id"], activities[sheet["group"]])
                    times[key][f"{sheet['day']:%Y-%m}"] += 1
        labels = self._offer.labels_of_activities(self._provider)
        return [
            {
                "child": self._ids[child_id],
                "provider": self._provider,
                "activity": activity,
                "label": labels[activity],
                "school_year": self.school_year,
                "months": dict(months),
            }
            for (child_id, activity), months in times.items()
        ]

    def bills_with_payments(
        self, reckoning: Reckoning, homes: Mapping[str, str], names: Mapping[str, str]
    ) -> Iterator[tuple[PastBill, PastPayment]]:
        """
        Yield each bill with its payment, as `import_past_bills` takes them, family by family.

        `homes` are ids of households by their references, `names` first names by ids of children.
        """
        used = Used(self._provider, self._offer, self._sheets, self._taken)
        bills: dict[str, list[PastBill]] = defaultdict(list)
        number = 0
        for month in sorted({f"{sheet['day']:%Y-%m}" for sheet in self._sheets}):
            for household, items in sorted(reckoning.items_of_month(month, used)):
                cents = sum(item.cents_of_charges for item in items)
                if cents:
                    number += 1
                    reference = f"{self._provider.upper()}-{self.school_year[2:4]}-{number:05}"
                    lines = [_bill_line(each, names) for each in items]
                    bills[household].append(
                        _make_past_bill(reference, homes[household], month, cents, lines)
                    )
        for household in sorted(bills):
            for bill in bills[household]:
                yield bill, _make_payment_of_bill(bill)


def _make_past_bill(
    number: str, home: str, month: str, cents: int, lines: list[PastLine]
) -> PastBill:
    year, of_month = int(month[:4]), int(month[5:])
    issued = date(year + of_month // 12, of_month % 12 + 1, 4)
    return {
        "number": number,
        "household_id": home,
        "kind": INVOICE,
        "month": month,
        "issued_on": issued,
        "due_on": issued + timedelta(days=DUE_DAYS),
        "total_cents": cents,
        "balance_cents": 0,
        "state": PAID,
        "lines": lines,
    }


def _make_payment_of_bill(bill: PastBill) -> PastPayment:
    number = int(bill["number"].rsplit("-", 1)[-1])
    return {
        "reference": f"R-{bill['number']}",
        "household_id": bill["household_id"],
        "number": bill["number"],
        "paid_on": bill["issued_on"] + timedelta(days=number % SLOWEST_DAYS),
        "means": MEANS[number % len(MEANS)],
        "cents": bill["total_cents"],
    }


def _bill_line(item: Item, names: Mapping[str, str]) -> PastLine:
    return {
        "label": item.label,
        "child": names.get(item.child_id, ""),
        "quantity": item.quantity,
        "cents": item.cents_of_charges,
    }
