"""
Publication of a decision on a school to households: a card that changed, and a notice.

A notice has neither a child's name nor a motive; the page that it leads to has both.
"""

from datetime import datetime

from services.enrolment.families.commands.card_marking import mark_cards_of_children
from services.enrolment.families.commands.notices import notify_households
from services.enrolment.families.queries.shielding import hidden_homes
from services.enrolment.live_changes import APPLICATIONS, note_change_for_open_pages
from services.enrolment.models import SchoolRequest
from services.enrolment.places.admission.queries.child_file import households_of_child
from shared.database import Write
from shared.json_values import JsonObject


def publish_cards_and_reload_desk(write: Write, child_id: str, now: datetime) -> None:
    """Publish the cards of a child's households anew, and reload pages of the desk."""
    mark_cards_of_children(write, [child_id], now)
    note_change_for_open_pages(write, APPLICATIONS)


def notify_family(
    write: Write,
    request_id: str,
    kind: str,
    key: str,
    now: datetime,
    detail: JsonObject | None = None,
) -> None:
    """
    Notify the households of a request's child once of a decision; `key` names it.

    Where a home is protected no other is notified (rule R9), but one that asked itself: of that it
    was answered, without a `detail`.
    """
    write.flush()
    asked = write.get_one(SchoolRequest, request_id)
    homes = households_of_child(write, asked.child_id)
    shielded = hidden_homes(write, [asked.child_id], ()).get(asked.child_id, set())
    notified = {home for home in homes if not shielded - {home}}
    if detail is None:
        notified |= set(households_of_child(write, asked.child_id, asked.subject))
    notify_households(write, notified, key, kind, [asked.child_id], detail or {}, now)
    publish_cards_and_reload_desk(write, asked.child_id, now)
