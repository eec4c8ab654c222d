"""Bills of the sports service beside the school's, and a former year's, for journeys of money."""

import re
from datetime import date
from functools import cache

from deploy.processes.ops_requests import ops_client
from shared.contracts.billing import past_bills
from shared.contracts.billing.regie import runs as regie_runs
from shared.contracts.dossier import guardians
from shared.contracts.enrolment import attendance
from tests.journeys.bus import guardian, until
from tests.journeys.databases import found
from tests.journeys.people import Parent, links_as_sent, words_as_sent
from tests.journeys.town import DemoTown

SATURDAYS = (date(2026, 9, 12), date(2026, 9, 19))
"""Days on which the town's demonstration has no swimming yet."""
LABEL = "Atelier sport"


def billed_for_swimming(town: DemoTown, *logins: str) -> None:
    """Let the first child of each family have swum in September, and its régie bill that month."""
    with ops_client(town.applied) as ops:
        for day in SATURDAYS:
            lines: list[attendance.ImportedLine] = [
                {"child_id": _family(town, login)[1][0], "outcome": "present", "quantity": 1}
                for login in logins
            ]
            sheet: attendance.ImportedSheet = {"group": "swim-saturday", "day": day, "lines": lines}
            asked = attendance.ImportAttendanceRequest([sheet])
            until(
                lambda asked=asked: (
                    not ops.ask(  # type: ignore[misc]
                        attendance.import_attendance, asked, to="enrolment_agg", deadline=20.0
                    ).waiting
                )
            )
        month = regie_runs.BillDemoMonthRequest("agg", "2026-09", len(SATURDAYS))
        until(
            lambda: (
                ops.ask(regie_runs.bill_demo_month, month, deadline=20.0).state == regie_runs.ISSUED
            ),
            seconds=60,
        )


def cost_last_spring(town: DemoTown, login: str) -> None:
    """Let another software's bills of the school year before be taken in: a course, lunches."""
    home, _children, names = _family(town, login)
    bills: list[past_bills.PastBill] = [
        _past(home, month, cents, LABEL, names[0])
        for month, cents in (("2025-11", 4_200), ("2026-04", 4_500), ("2026-05", 4_050))
    ]
    with ops_client(town.applied) as ops:
        for provider, brought in (
            ("agg", bills),
            (
                "ens",
                [
                    _past(home, f"2026-{month:02}", 3_000, "Repas", names[-1])
                    for month in range(1, 8)
                ],
            ),
        ):
            asked = past_bills.ImportPastBillsRequest(f"former-years-{provider}", provider, brought)
            until(lambda asked=asked: not ops.ask(past_bills.import_past_bills, asked).refused)  # type: ignore[misc]


def _past(home: str, month: str, cents: int, label: str, child: str) -> past_bills.PastBill:
    day = date.fromisoformat(f"{month}-28")
    line: past_bills.PastLine = {"label": label, "child": child, "quantity": None, "cents": cents}
    return {
        "number": f"{label[:1]}-{month}-{home[-6:]}",
        "household_id": home,
        "kind": "invoice",
        "month": month,
        "issued_on": day,
        "due_on": day,
        "total_cents": cents,
        "balance_cents": 0,
        "state": "paid",
        "lines": [line],
    }


@cache
def _family(town: DemoTown, login: str) -> tuple[str, list[str], list[str]]:
    """Return a guardian's household, its children's ids and first names."""
    with guardian(town, login) as ask:
        answer = ask(guardians.my_children)
    ids = [child["id"] for child in answer.children]
    return answer.households[0], ids, [child["first_name"] for child in answer.children]


def owed(town: DemoTown, login: str) -> dict[str, int]:
    """Return by provider what a family owes here, in cents."""
    home = _family(town, login)[0]
    rows = found(
        town,
        "billing",
        "SELECT i.provider, SUM(p.cents) FROM posting p JOIN invoice i ON i.id = p.invoice_id"
        " WHERE i.household_id = :home AND p.account = 'receivable' GROUP BY i.provider",
        home=home,
    )
    return {provider: int(cents) for provider, cents in rows if cents}


def open_bill(parent: Parent, number: str = "2026-ENS-") -> str:
    """Open the first bill of the list that is no credit note; return its address."""
    page = parent.page
    for words, address in links_as_sent(page, f"{parent.town.portal}/factures"):
        if not re.search("Pourquoi|Détail", words):
            continue
        shown = words_as_sent(page, address)
        if "Pourquoi" in shown and f"n° {number}" in shown:
            page.goto(address)
            return page.url
    raise AssertionError("no bill on the list")
