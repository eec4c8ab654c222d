"""Families whose files are at the providers already, as the dossier's stream leaves them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import insert

from bench.families import first_names
from bench.ground import laying
from bench.town import Town
from services.enrolment.children.commands.search_index import CardRow, make_card_row
from services.enrolment.models import ChildCard, ChildGuardian, StoredProjection
from services.enrolment.places.admission.queries.child_file import FILE
from services.enrolment.store import store
from shared.dates.clock import now
from shared.person import issue_token
from shared.runtime.ids import new_id

BORN = date(2018, 3, 12)
FAMILY = "family"

EARLY, LATE = ("14:00", "15:00"), ("16:00", "17:00")
"""Hours of what is given in order, and of what is drawn: a child asks for both."""


@dataclass(frozen=True)
class Family:
    """One child with one guardian, signed in: the token is good for an hour."""

    child: str
    guardian: str
    household: str
    token: str
    first_name: str


def families(town: Town, count: int, lifetime: Any) -> list[Family]:
    """Return so many families, each with its token of the portal."""
    names = first_names()
    return [_family(town, next(names), lifetime) for _ in range(count)]


@laying
def settle(town: Town, principal: str, several: Sequence[Family]) -> None:
    """Put the files of these children into a provider's database, before its service starts."""
    town.connect(principal, store)
    moment = now()
    with store.write() as write:
        for projection in FILE:
            held = {"projection": projection, "version": 1, "content": b"-", "to_see": False}
            rows = [{**held, "child_id": one.child, "received_at": moment} for one in several]
            write.execute(insert(StoredProjection), [{**row, "seen_by": ""} for row in rows])
        write.execute(insert(ChildCard), [_card(one) for one in several])
        write.execute(insert(ChildGuardian), [_guardian(one) for one in several])


def offer(
    group: str, *, code: str, allocation: str, places: int, hours: tuple[str, str] = EARLY
) -> Any:
    """Return an activity of one group on Wednesdays, as `import_offer` takes it."""
    year = now().year
    starts, ends = hours
    return {
        "reference": f"{group}-activity",
        "code": code,
        "label": f"Activité {group}",
        "site": "Ici",
        "school_year": f"{year}-{year + 1}",
        "booking": "whole",
        "allocation": allocation,
        "opens_at": datetime(year, 1, 1, tzinfo=UTC),
        "closes_at": None,
        "book_before": "1@18:00",
        "cancel_before": "1@18:00",
        "groups": [
            {
                "reference": group,
                "label": f"Groupe {group}",
                "places": places,
                "weekdays": [3],
                "starts": starts,
                "ends": ends,
                "first_day": date(year, 9, 1),
                "last_day": date(year + 1, 7, 2),
                "runs_in": "term",
            }
        ],
    }


def _family(town: Town, first_name: str, lifetime: Any) -> Family:
    guardian = new_id()
    token = issue_token(town.signing_key, guardian, "portal", FAMILY, lifetime)
    return Family(new_id(), guardian, new_id(), token, first_name)


def _card(one: Family) -> CardRow:
    return make_card_row(one.child, one.first_name, "Ouverture", BORN)


def _guardian(one: Family) -> dict[str, str]:
    return {"child_id": one.child, "subject": one.guardian, "household_id": one.household}
