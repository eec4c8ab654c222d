"""Sums of the cards that the portal stores of others' events (comparison/sums.py)."""

from services.portal_gateway.models.bills import BillCard
from services.portal_gateway.models.cards import FamilyCard, GuardianCard
from services.portal_gateway.models.live_versions_and_due_emails import Guardianship
from services.portal_gateway.models.messages import ThreadCard, ThreadReader
from shared.database.comparison.sums import keep_sums_of

GUARDIAN_CARD_SUMS = keep_sums_of(
    GuardianCard,
    subject="subject",
    version="version",
    content=("content",),
    beside={Guardianship: "subject"},
)
FAMILY_CARD_SUMS = keep_sums_of(
    FamilyCard,
    by=("provider",),
    subject="household_id",
    version="version",
    content=("content",),
)
BILL_CARD_SUMS = keep_sums_of(
    BillCard,
    by=("provider",),
    subject="household_id",
    version="version",
    content=("content",),
)
THREAD_SUMS = keep_sums_of(
    ThreadCard,
    by=("provider",),
    subject="thread_id",
    version="version",
    content=("content",),
    beside={ThreadReader: "thread_id"},
)
