"""An activity that meets every day, today included, brought in as another software's would be."""

from datetime import datetime, time, timedelta
from typing import Any

import holidays
import pytest

from deploy.processes.ops_requests import ops_client
from shared.contracts.enrolment.places import imports
from shared.dates.clock import PARIS, now, today
from tests.journeys.bus import until
from tests.journeys.town import DemoTown

EVERY_DAY = [1, 2, 3, 4, 5, 6, 7]
LAST_MINUTE = time(23, 54)

LONGEST_JOURNEY = timedelta(minutes=9)


def offer_every_day(
    town: DemoTown,
    provider: str,
    reference: str,
    label: str,
    code: str,
    hours: tuple[str, str] = ("23:55", "23:57"),
    **more: Any,
) -> str:
    """
    Let a provider offer it from yesterday for thirty days; return the id of its group.

    `other_groups` are names of more that meet at the same hours.

    A journey that needs it is skipped where there is no session today: on a public holiday, and
    when its last minute would pass meanwhile.
    """
    others = more.pop("other_groups", ())
    day = today()
    if day in holidays.France(years=day.year):
        pytest.skip("on a public holiday nothing meets")
    if now() + LONGEST_JOURNEY > datetime.combine(day, LAST_MINUTE, PARIS):
        pytest.skip("so late in the evening nothing can be booked for today any more")
    group = {
        "reference": reference,
        "label": f"Groupe {label}",
        "weekdays": more.pop("weekdays", EVERY_DAY),
        "starts": hours[0],
        "ends": hours[1],
        "first_day": day - timedelta(days=1),
        "last_day": day + timedelta(days=30),
        "runs_in": "always",
        "places": more.pop("places", None),
    }
    activity = {
        "reference": reference,
        "code": code,
        "label": label,
        "site": "Salle des fêtes",
        "school_year": _school_year(),
        "booking": "whole",
        "allocation": "order",
        "opens_at": now() - timedelta(days=1),
        "book_before": f"0@{LAST_MINUTE:%H:%M}",
        "cancel_before": f"0@{LAST_MINUTE:%H:%M}",
        "groups": [group, *({**group, "reference": each, "label": each} for each in others)],
        **more,
    }
    with ops_client(town.applied) as client:
        answer = client.ask(
            imports.import_offer,
            imports.ImportOfferRequest(activities=[activity]),
            to=f"enrolment_{provider}",
            deadline=20.0,
        )
    return str(answer.groups[reference])


def give_place(town: DemoTown, provider: str, reference: str, child_id: str) -> None:
    """Let a child have a place there from today on, as soon as its file has come."""
    place = {"child_id": child_id, "group": reference, "valid_from": today(), "weekdays": []}
    with ops_client(town.applied) as client:
        until(
            lambda: (
                not client.ask(
                    imports.import_places,
                    imports.ImportPlacesRequest([place]),
                    to=f"enrolment_{provider}",
                    deadline=20.0,
                ).waiting
            )
        )


def _school_year() -> str:
    day = now().astimezone(PARIS).date()
    first = day.year if day.month >= 9 else day.year - 1
    return f"{first}-{first + 1}"
