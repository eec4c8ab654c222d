"""Uses of a household's credit for its bills: what each is called, which follows from why."""

from dataclasses import dataclass
from uuid import UUID, uuid5

AT_ISSUE = "issue"

_PAYMENTS = UUID("b3b0b4d6-0f0e-4c3e-9a55-6f0d8c7a1e42")


@dataclass(frozen=True, slots=True)
class Use:
    """The cents of a household's credit that pay one of its bills, once for a reason."""

    household_id: str
    invoice_id: str
    cents: int
    because: str

    @property
    def source_of_entry(self) -> str:
        """Return the source of the ledger's entry."""
        return source_of_credit_use(self.invoice_id, self.because)

    @property
    def payment_id(self) -> str:
        """Return the id of the payment by credit, which follows from the source."""
        return id_of_payment_by_credit(self.source_of_entry)


def source_of_credit_use(invoice_id: str, because: str) -> str:
    """Return the source of the ledger's entry by which a credit pays a bill for a reason."""
    return f"credit:{invoice_id}:{because}"


def id_of_payment_by_credit(source: str) -> str:
    """Return the id of the payment by credit of which this is the source."""
    return str(uuid5(_PAYMENTS, source))


def reason_id_of_event(event: str) -> str:
    """Return the reason for a use of what has no id of its own, as long as an id."""
    return str(uuid5(_PAYMENTS, event))
