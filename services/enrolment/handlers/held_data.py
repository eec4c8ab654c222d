"""Data of persons at a provider's service, for a request of access (GDPR, article 15)."""

from sqlalchemy.orm import Session

from services.enrolment.attendance.marks.queries.attendance_states import NAME_OF_UNKNOWN
from services.enrolment.conversations.queries.message_files import CONTENT as FILE
from services.enrolment.conversations.queries.messages import CONTENT as MESSAGE
from services.enrolment.conversations.queries.reading_rights import guardian_may_read
from services.enrolment.conversations.queries.thread_readers_and_title import TITLE
from services.enrolment.models import Base, Place
from services.enrolment.school_year.enrolments.queries.requests import ADDRESSES
from services.enrolment.store import vault
from shared.contracts.errors import NotFound
from shared.contracts.every_service.held_data import HeldOfPersonRequest
from shared.database.person_data.held_data import HeldData, IsShown, Row, is_of_own_children

SUBJECT = ("subject",)
COPY = "a copy of what another row says"
OF_DOSSIER = "given by the dossier, as its reader may know it"
OF_AGENTS = "of agents"
OF_MANY = "one text or list for many families; what it says of a child is in other rows"


def _unsealed_thread_title(row: Row) -> object:
    return vault.open(row["id"], TITLE, row["title"])


def _unsealed_message_text(row: Row) -> object:
    return vault.open(row["thread_id"], MESSAGE, row["content"])["body"]


def _unsealed_file_name(row: Row) -> object:
    return vault.open(row["thread_id"], FILE, row["content"])["name"]


def _unsealed_request_addresses(row: Row) -> object:
    return vault.open(row["id"], ADDRESSES, row["addresses"])


def _unsealed_unknown_child_name(row: Row) -> object:
    return vault.open(row["id"], NAME_OF_UNKNOWN, row["name"])


def _make_is_thread_read_by_guardian(key: str) -> IsShown:
    """Return whether the conversation of a row is read by the guardian: it may be another's."""

    def is_row_shown(session: Session, row: Row, asked: HeldOfPersonRequest) -> bool:
        try:
            return guardian_may_read(session, asked.subject, row[key])
        except NotFound:
            return False

    return is_row_shown


def _is_notice_of_children(_session: Session, row: Row, asked: HeldOfPersonRequest) -> bool:
    """Say whether a notice is of its children; of an old one only the key is left, which may be."""
    content = row["content"]
    return content is not None and is_of_own_children(content["child_ids"], asked)


def _is_row_of_childs_place(session: Session, row: Row, asked: HeldOfPersonRequest) -> bool:
    place = session.get(Place, row["place_id"])
    return place is not None and place.child_id in asked.children


HELD = HeldData(
    tables=Base.metadata.sorted_tables,
    left_out={
        **dict.fromkeys(("child_weeks", "held_file", "protected_household"), OF_DOSSIER),
        **dict.fromkeys(("card_version", "place_version", "same_child", "child_key"), COPY),
        "child_word": "words of the names and the birth date that the child's card gives",
        **dict.fromkeys(("food_announced", "imported_sheet", "roll_call", "bulletin"), OF_MANY),
        **dict.fromkeys(("subject", "subject_right", "pin", "tablet", "tablet_duty"), OF_AGENTS),
        **dict.fromkeys(("names_in_vain", "away", "school_signature"), OF_AGENTS),
        **dict.fromkeys(("school_director", "staff_shift"), OF_AGENTS),
        "list_read": "a reading, which the read log of the dossier has",
        "attachment_part": "the bytes of files, which the conversation gives",
    },
    pupils=(
        *("child_card", "place", "booking", "closed_booking", "agent_act", "mark", "unknown_child"),
        *("count_version", "school_enrolment", "pupil_move", "held_projection"),
    ),
    agents={
        **dict.fromkeys(("subject", "subject_right"), ()),
        **dict.fromkeys(("pin", "tablet_duty", "names_in_vain", "school_director"), SUBJECT),
    },
    adults={
        table: SUBJECT
        for table in (
            *("application", "child_carer", "child_guardian", "renewal", "school_request"),
            "thread_reader",
        )
    },
    households={"child_carer": ("household_id", "home")},
    hidden=frozenset({"agent_act.subject", "week_pattern.household_id", "mark.collected_by"}),
    opens={
        "thread.title": _unsealed_thread_title,
        "message.content": _unsealed_message_text,
        "attachment.content": _unsealed_file_name,
        "school_request.addresses": _unsealed_request_addresses,
        "unknown_child.name": _unsealed_unknown_child_name,
    },
    shown={
        "thread": _make_is_thread_read_by_guardian("id"),
        "thread_child": _make_is_thread_read_by_guardian("thread_id"),
        "notice_sent": _is_notice_of_children,
        "week_pattern": _is_row_of_childs_place,
    },
)
