"""What billing answers a régisseur about payers: the provider is the caller, and sees its own."""

from types import SimpleNamespace
from typing import Any

from services.billing.accounts.commands import account as payer_accounts
from services.billing.accounts.commands import arrears, disputes
from services.billing.accounts.queries import search as accounts
from services.billing.accounts.queries.account import account
from services.billing.accounts.queries.arrears import overdue, overdue_cents
from services.billing.bills.certificates import commands as certificates
from services.billing.bills.certificates.queries import issued as issued_certificates
from services.billing.bills.queries.details import bill_of, for_regie
from services.billing.handlers.rights import provider_of, regie
from services.billing.payers.queries.known import knows
from services.billing.payers.rules import divisions
from services.billing.payers.rules.quotients import Said
from services.billing.store import store
from shared.bus import PROVIDERS, Service, answers
from shared.contracts.billing import regie as contracts
from shared.contracts.billing import regie_runs
from shared.contracts.errors import BadRequest, NotFound
from shared.database import Write
from shared.dates.clock import now, today

MOST_CHANGED = 200


class RegiePayers(Service):
    """Another provider's payer does not exist: neither its name nor its bills are found."""

    @answers(contracts.find_payers, callers=[PROVIDERS], right=regie)
    def find_payers(self, request: SimpleNamespace) -> dict[str, Any]:
        provider = provider_of(store, request.caller)
        with store.read() as read:
            found = accounts.numbered(read, provider, request.text) or accounts.named(
                read, provider, request.text, contracts.PAGE
            )
            owed = accounts.owed_by(read, provider, [household_id for household_id, _, _ in found])
        return {
            "payers": [
                {
                    "household_id": household_id,
                    "payer": payer,
                    "owed_cents": owed[household_id],
                    "number": number,
                }
                for household_id, payer, number in found
            ]
        }

    @answers(contracts.payer_account, callers=[PROVIDERS], right=regie)
    def payer_account(self, request: SimpleNamespace) -> dict[str, Any]:
        provider = provider_of(store, request.caller)
        with store.read() as read:
            if not knows(read, provider, request.household_id):
                raise NotFound
            return account(read, provider, request.household_id, now())

    @answers(contracts.payer_bill, callers=[PROVIDERS], right=regie)
    def payer_bill(self, request: SimpleNamespace) -> dict[str, Any]:
        provider = provider_of(store, request.caller)
        with store.read() as read:
            bill = bill_of(read, request.invoice_id)
            if bill.provider != provider.code:
                raise NotFound
            return dict(for_regie(read, bill))

    @answers(contracts.correct_quotient, callers=[PROVIDERS], right=regie)
    def correct_quotient(self, write: Write, request: SimpleNamespace) -> dict[str, Any]:
        provider = provider_of(store, request.caller)
        if not knows(write, provider, request.household_id):
            raise NotFound
        _in_order(request)
        names = ("household_id", "cents", "kind", "valid_from", "valid_to", "source")
        said = Said(*(getattr(request, name) for name in names))
        by = request.person.subject
        return {
            "months": payer_accounts.correct(write, provider, said, by=by, at=now(), on=today())
        }

    @answers(contracts.set_shares, callers=[PROVIDERS], right=regie)
    def set_shares(self, write: Write, request: SimpleNamespace) -> None:
        provider = provider_of(store, request.caller)
        parts = {each["household_id"]: each["share_bp"] for each in request.shares}
        if len(parts) != len(request.shares) or sum(parts.values()) != divisions.WHOLE:
            raise BadRequest(errors={"shares": ["must be of two households and add up to 10000"]})
        _in_order(request)
        payer_accounts.divide(
            write,
            provider,
            request.child_id,
            parts,
            valid_from=request.valid_from,
            valid_to=request.valid_to,
            paper=request.paper,
            by=request.person.subject,
            at=now(),
            on=today(),
        )

    @answers(contracts.arrears, callers=[PROVIDERS], right=regie)
    def arrears(self, request: SimpleNamespace) -> dict[str, Any]:
        provider = provider_of(store, request.caller).code
        with store.read() as read:
            bills, following = overdue(read, provider, today(), request.after, contracts.PAGE)
            total = overdue_cents(read, provider, today())
        return {"bills": bills, "next": following, "total_cents": total}

    @answers(contracts.remind, callers=[PROVIDERS], right=regie)
    def remind(self, write: Write, request: SimpleNamespace) -> dict[str, Any]:
        provider, by = provider_of(store, request.caller).code, request.person.subject
        return {"reminded": arrears.remind(write, provider, request.invoices, by=by, at=now())}

    @answers(regie_runs.settle_dispute, callers=[PROVIDERS], right=regie)
    def settle_dispute(self, write: Write, request: SimpleNamespace) -> None:
        provider = provider_of(store, request.caller).code
        disputes.settle(write, provider, request.dispute_id, by=request.person.subject, at=now())

    @answers(contracts.certificates, callers=[PROVIDERS], right=regie)
    def certificates(self, request: SimpleNamespace) -> dict[str, Any]:
        provider = provider_of(store, request.caller)
        with store.read() as read:
            issued = issued_certificates.issued_of(read, provider.code, request.year)
            changed = list(issued_certificates.changed(read, provider, request.year))
        return {
            "issued": len(issued),
            "total_cents": sum(each.cents for each in issued.values()),
            "changed": changed[:MOST_CHANGED],
        }

    @answers(contracts.issue_certificates, callers=[PROVIDERS], right=regie)
    def issue_certificates(self, write: Write, request: SimpleNamespace) -> dict[str, Any]:
        provider = provider_of(store, request.caller)
        done = certificates.issue(write, provider, request.year, replace=request.replace, at=now())
        return {"issued": done.issued, "replaced": done.replaced, "remaining": done.remaining}


def _in_order(request: SimpleNamespace) -> None:
    if request.valid_to is not None and request.valid_to < request.valid_from:
        raise BadRequest(errors={"valid_to": ["before the first day"]})
