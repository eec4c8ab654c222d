"""
Data of persons in the dossier, for a request of access (GDPR, article 15).

What one home may not learn of another is not walked: the sections of a child, who holds and who
read them, its corrections and history are given as that guardian reads them at the portal (rules
R7, R9; guardian_copy.py).
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from services.dossier.data_protection.person_requests.queries.requests import CONTENT
from services.dossier.data_protection.person_requests.queries.requests import (
    sealed_place_of_request_act as place_of_act,
)
from services.dossier.households.queries.addresses import (
    sealed_place_of_address as place_of_address,
)
from services.dossier.households.queries.guardianships import phone_of_carer
from services.dossier.models import Base
from services.dossier.store import vault
from shared.contracts.every_service.held_data import PUPIL, HeldOfPersonRequest
from shared.database.person_data.held_data import HeldData

Row = Mapping[str, Any]

AS_READ = "given as the guardian reads it at the portal"
AT_THE_DESK = "of rulings, protections and separations, which the desk alone shows (rules R7, R9)"
NUMBERS = "numbers of versions and technical references, which say nothing more"
OF_NAMES = "words of the names that are given"
OF_AGENTS = "of agents"


def _unsealed_address(row: Row) -> Any:
    place = place_of_address(row["valid_from"], row["version"])
    return vault.open(row["household_id"], place, row["content"])


def _unsealed_phone(row: Row) -> Any:
    return phone_of_carer(row["id"], row["phone"])


def _unsealed_request_content(row: Row) -> Any:
    return vault.open(row["id"], CONTENT, row["content"])


def _unsealed_act_on_request(row: Row) -> Any:
    return vault.open(row["person_request_id"], place_of_act(row["number"]), row["content"])


def _is_own_request(_session: Session, row: Row, asked: HeldOfPersonRequest) -> bool:
    """Say whether a former pupil asked it: what a parent asked about the child is the parent's."""
    return asked.whose != PUPIL or row["person_id"] in asked.children


HELD = HeldData(
    tables=Base.metadata.sorted_tables,
    left_out={
        **dict.fromkeys(("section", "link", "projection", "read_log", "course"), AS_READ),
        **dict.fromkeys(("correction", "erasure_receipt", "section_erasure"), AS_READ),
        **dict.fromkeys(("kept_paper", "household_paper", "section_history"), AS_READ),
        **dict.fromkeys(("separation", "protected_household", "file_hold"), AT_THE_DESK),
        **dict.fromkeys(("deceased_guardian", "child_join", "different_children"), AT_THE_DESK),
        **dict.fromkeys(("household_version", "guardian_version", "guardian_card"), NUMBERS),
        **dict.fromkeys(("activities_taken", "food_occasion_child", "course_erasure"), NUMBERS),
        **dict.fromkeys(("correction_delivery", "trial_member", "widening_notice"), NUMBERS),
        **dict.fromkeys(("import_decision", "import_doubt", "import_reference"), NUMBERS),
        **dict.fromkeys(("registration_letter", "email_check"), NUMBERS),
        **dict.fromkeys(("child_name_word", "guardian_name_word"), OF_NAMES),
        "person_request_erasure": NUMBERS,
        "paper_part": "photographs, which the papers’ page gives until they go",
        "subject_right": OF_AGENTS,
        "read_name_question": OF_AGENTS,
    },
    children={"child": ("id",)},
    households={
        "household": ("id",),
        "child_weeks": ("even_household", "odd_household"),
    },
    adults={
        "guardian": ("id",),
        "subject": ("subject",),
        "guardian_grant": ("given_by",),
        "handover": ("given_by",),
        "carer_access": ("granted_by",),
        "departure": ("said_by",),
        "person_request": ("asked_by", "person_id"),
    },
    shown={"person_request": _is_own_request},
    pupils=("child", "person_request", "person_request_act"),
    agents={
        **dict.fromkeys(("subject", "subject_right"), ()),
        "read_log": (),
        "person_request": ("person_id",),
        "read_name_question": ("reader",),
    },
    hidden=frozenset(
        {
            *("household.separated_from", "household.reference", "child.reference"),
            *("guardian.reference", "registration.reference", "registration.opened_from"),
            *("carer_access.holder_home", "paper_check.subject_id", "person_request.file_id"),
        }
    ),
    opens={
        "guardian.phone": _unsealed_phone,
        "household_address.content": _unsealed_address,
        "person_request.content": _unsealed_request_content,
        "person_request_act.content": _unsealed_act_on_request,
    },
)
