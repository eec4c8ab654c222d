"""Data of persons in the portal, for a request of access (GDPR, article 15)."""

from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

from services.portal_gateway.models import Base
from services.portal_gateway.store import SEALED, open_sealed
from shared.contracts.every_service.held_data import HeldOfPersonRequest
from shared.database import SealedColumn
from shared.database.person_data.held_data import HeldData, Row, is_of_own_children

COPY = "a copy of what billing, the dossier or a provider gives"


def _make_opener_of_column(sealed: SealedColumn) -> Callable[[Row], Any]:
    """Return what opens a column that the portal seals with its own key."""
    column = sealed.column
    keys = [key.name for key in column.table.primary_key]
    return lambda row: open_sealed(sealed.place(*(row[key] for key in keys)), row[column.name])


OPENS = {str(sealed.column): _make_opener_of_column(sealed) for sealed in SEALED}


def _is_notice_of_own_children(_session: Session, row: Row, asked: HeldOfPersonRequest) -> bool:
    """Say whether a notice to the household is of this guardian's own children."""
    return is_of_own_children(OPENS["notice.content"](row)["child_ids"], asked)


HELD = HeldData(
    tables=Base.metadata.sorted_tables,
    left_out=dict.fromkeys(
        ("bill_card", "family_card", "guardian_card", "bulletin_card", "thread_card"), COPY
    ),
    subjects_are_adults=True,
    hidden=frozenset(
        {"push_subscription.content", "accompanied_visit.actor", "mobile_check.digest"}
    ),
    opens=OPENS,
    shown={"notice": _is_notice_of_own_children},
)
