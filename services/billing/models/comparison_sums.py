"""Sums of what billing stores of others' events and publishes itself (comparison/sums.py)."""

from services.billing.models.bills import CardVersion
from services.billing.models.letters import EmailReach
from services.billing.models.payers import (
    Address,
    DeceasedPayer,
    Household,
    HouseholdChild,
    HouseholdGuardian,
)
from services.billing.models.quantities import (
    Counted,
    CountedSheet,
    Quantity,
    QuantitySheet,
    StoredPlace,
)
from shared.database.comparison.sums import keep_sums_of

HOUSEHOLD_SUMS = keep_sums_of(
    Household,
    subject="id",
    version="version",
    content=("payer", "protected"),
    beside={
        HouseholdGuardian: "household_id",
        HouseholdChild: "household_id",
        Address: "household_id",
        DeceasedPayer: "household_id",
    },
)
EMAIL_REACH_SUMS = keep_sums_of(
    EmailReach, subject="subject", version="version", content=("by_email",)
)
SHEET_SUMS = keep_sums_of(
    CountedSheet,
    by=("provider",),
    subject="session_id",
    version="version",
    beside={QuantitySheet: "session_id", Quantity: "session_id", Counted: "session_id"},
)
PLACE_SUMS = keep_sums_of(
    StoredPlace,
    by=("provider", "activity"),
    subject="place_id",
    version="version",
    content=("child_id", "household_id", "valid_from", "valid_to", "cancelled"),
)
CARD_SUMS = keep_sums_of(CardVersion, by=("provider",), subject="household_id", version="version")
