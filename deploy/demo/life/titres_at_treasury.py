"""A régie whose bills are titres: all go to the public accountant, who says which were paid."""

import json
from collections.abc import Iterable
from datetime import date

from deploy.demo.life.load_steps import Steps
from deploy.demo.life.regisseur_month import Bill, Treasurer
from deploy.demo.plan import Plan
from shared.json_values import JsonMapping

FORMAT, VERSION = "preau-return", "1"
"""Format and version of the public accountant's return file (docs/public-finance.md)."""

ROWS_AT_ONCE = 900
"""A return has a thousand at most, and a bill two."""

Row = dict[str, object]


class Titres:
    """One such régie, once its months are billed."""

    def __init__(
        self, plan: Plan, steps: Steps, treasurer: Treasurer, account: JsonMapping
    ) -> None:
        self._plan, self._steps, self._treasurer = plan, steps, treasurer
        self._regie, self._number = str(account["code"]), int(account["number"])

    def hand_over_and_read_return(self) -> None:
        """Hand all over, and read what comes back."""
        self._steps.do_each(f"titres {self._regie}", [0], self._treasurer.hand_over_to_treasury)
        what = f"return {self._regie}"
        for step, rows in self._steps.undone_steps(what, self._rows_of_return(), ROWS_AT_ONCE):
            self._treasurer.read_accountant_return(make_return_file(rows))
            self._plan.journal.note_step_done(step)

    def _rows_of_return(self) -> list[Row]:
        day = self._plan.journal.day
        return [
            row
            for month, run_id in sorted(self._treasurer.issued_runs().items())
            for bill in sorted(self._treasurer.bills_of_run(run_id), key=lambda each: each.number)
            for row in return_rows_for(
                bill.number,
                self._number,
                bill.cents,
                day if self._is_paid_at_treasury(bill, month) else None,
            )
        ]

    def _is_paid_at_treasury(self, bill: Bill, month: str) -> bool:
        household = self._plan.require_household_reference(bill.household_id)
        return self._plan.is_paid_at_the_treasury(household, self._regie, month)


def return_rows_for(number: str, regie_number: int, cents: int, paid_on: date | None) -> list[Row]:
    """
    Return what is said of a bill such as 2026-AGG-000123: its titre and, where paid, the receipt.
    """
    year, _, sequence = number.split("-")
    debt = f"{year}{regie_number:03}{int(sequence):07}"
    rows: list[Row] = [
        {"key": f"t-{debt}", "kind": "accepted", "debt": debt, "titre": f"T{year}-{int(sequence)}"}
    ]
    if paid_on is not None:
        paid = {"cents": cents, "date": paid_on.isoformat()}
        rows.append({"key": f"r-{debt}", "kind": "receipt", "debt": debt, **paid})
    return rows


def make_return_file(rows: Iterable[Row]) -> str:
    """Return the file."""
    return json.dumps({"format": FORMAT, "version": VERSION, "rows": list(rows)})
