"""What billing answers families: bills, quotients, prices; all of their own household."""

from types import SimpleNamespace
from typing import Any

from services.billing.accounts.commands import disputes, quotients
from services.billing.accounts.queries import years
from services.billing.bills.certificates.queries.issued import of_household as certificates_of
from services.billing.bills.certificates.queries.tax_years import years_counted
from services.billing.bills.queries.details import bill_of, whole
from services.billing.handlers.rights import of_household, of_invoice
from services.billing.payers.queries.quotients import replaces_a_seen_one, said_of, without_any
from services.billing.payers.rules.quotients import BACK, DECLARED, IMPORTED, Said
from services.billing.payments.rules.online_terms import may_be_paid_online
from services.billing.quotes.queries import simulations
from services.billing.store import store
from shared.bus import OPS, PORTAL, Service, answers, service_only
from shared.contracts.billing import accounts
from shared.contracts.billing import bills as contracts
from shared.contracts.errors import BadRequest
from shared.database import Write
from shared.dates.clock import now, today


class Families(Service):
    """Another household's bill does not exist for a family."""

    @answers(contracts.read_bill, callers=[PORTAL], right=of_invoice)
    def read_bill(self, request: SimpleNamespace) -> dict[str, Any]:
        with store.read() as read:
            bill = bill_of(read, request.invoice_id)
            page = whole(read, bill)
            counted = years_counted(read, bill, page["balance_cents"], today())
        lines = [{**line, "tax_years": counted.get(line["line"], [])} for line in page["lines"]]
        regie = store.register.regie(bill.regie)[1]
        return {
            **page,
            "lines": lines,
            "provider": bill.provider,
            "regie": regie.label,
            "deed": regie.deed,
            "channel": regie.channel,
            "reference": bill.number,
            "key": bill.key,
            "payable_online": may_be_paid_online(store.register, bill.regie, page),
        }

    @answers(contracts.dispute_line, callers=[PORTAL], right=of_invoice)
    def dispute_line(self, write: Write, request: SimpleNamespace) -> None:
        disputes.report(
            write,
            request.invoice_id,
            request.line,
            reason=request.reason,
            by=request.person.subject,
            at=now(),
        )

    @answers(contracts.my_quotients, callers=[PORTAL], right=of_household)
    def my_quotients(self, request: SimpleNamespace) -> dict[str, Any]:
        with store.read() as read:
            said = said_of(read, request.household_id)
        return {"quotients": [vars(each) for each in said]}

    @answers(contracts.declare_quotient, callers=[PORTAL], right=of_household)
    def declare_quotient(self, write: Write, request: SimpleNamespace) -> None:
        """A year back at most; what a régie saw on paper is for the régie to correct."""
        said = _said(vars(request), request.household_id, DECLARED)
        if said.valid_from < today() - BACK:
            raise BadRequest(errors={"valid_from": ["too far back"]})
        if replaces_a_seen_one(write, said.household_id, said.valid_from):
            raise contracts.QuotientChecked
        quotients.record(write, [said], by=request.person.subject, at=now(), on=today())

    @answers(contracts.import_quotients, callers=[OPS], right=service_only)
    def import_quotients(self, write: Write, request: SimpleNamespace) -> dict[str, Any]:
        """The first of each household that has none; nothing that somebody said is replaced."""
        rows = {row["household_id"]: row for row in reversed(request.quotients)}
        fresh = without_any(write, rows)
        said = [_said(rows[household_id], household_id, IMPORTED) for household_id in sorted(fresh)]
        if said:
            quotients.record(write, said, by=None, at=now(), on=today())
        return {"recorded": len(said)}

    @answers(contracts.simulate, callers=[PORTAL], right=of_household)
    def simulate(self, request: SimpleNamespace) -> dict[str, Any]:
        with store.read() as read:
            return {"prices": list(simulations.prices(read, request))}

    @answers(accounts.account_year, callers=[PORTAL], right=of_household)
    def account_year(self, request: SimpleNamespace) -> dict[str, Any]:
        household_id, year = request.household_id, request.year
        with store.read() as read:
            known = years.years_of(read, household_id)
            if year is None:
                return {"years": known, "bills": [], "payments": []}
            return {
                "years": known,
                "bills": years.bills_in(read, household_id, year, today()),
                "payments": years.payments_in(read, household_id, year),
            }

    @answers(contracts.my_certificates, callers=[PORTAL], right=of_household)
    def my_certificates(self, request: SimpleNamespace) -> dict[str, Any]:
        with store.read() as read:
            return {"certificates": certificates_of(read, request.household_id)}


def _said(row: dict[str, Any], household_id: str, source: str) -> Said:
    """Read a quotient as it was sent; raises BadRequest for one that ends before it begins."""
    if row["valid_to"] is not None and row["valid_to"] < row["valid_from"]:
        raise BadRequest(errors={"valid_to": ["before the first day"]})
    names = ("cents", "kind", "valid_from", "valid_to")
    said = {name: row[name] for name in names}
    return Said(household_id=household_id, source=source, **said)
