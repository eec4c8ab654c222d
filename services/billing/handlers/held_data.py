"""Data of persons in billing, for a request of access (GDPR, article 15)."""

from services.billing.models import Base
from shared.database.person_data.held_data import HeldData

COPY = "a copy of what another row says"
ON_PAPER = "a document made from rows that are given"

HELD = HeldData(
    tables=Base.metadata.sorted_tables,
    left_out={
        **dict.fromkeys(("card_version", "counted", "to_bill", "returned_row"), COPY),
        **dict.fromkeys(("document", "print_part"), ON_PAPER),
        **dict.fromkeys(("file_hold", "held_household"), "said by the agent who holds the file"),
        "household_word": "words of the names that are given",
        "subject_right": "of agents",
        "fund_refusal": "of the town's token, of no person",
    },
    households={"household": ("id",)},
    adults={"fund_request": ("asked_by",)},
    subjects_are_adults=True,
    agents=dict.fromkeys(("subject", "subject_right"), ()),
    hidden=frozenset(
        {
            *("household.sought", "household_child.sought", "household_child.published"),
            # protections are shown at the desk alone, as the dossier's, and a file that is held
            # is said by who holds it: nor is it given why a bill stayed here, or a letter too
            *("household.protected", "printed_piece.by_hand", "printed_piece.by_name"),
            *("lot_piece.why", "run_household.error", "fund_request.request_id"),
        }
    ),
)
