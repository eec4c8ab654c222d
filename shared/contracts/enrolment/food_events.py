"""A session that has food though its provider usually has none: a birthday cake (rule R3)."""

from dataclasses import dataclass
from datetime import timedelta

from shared.contracts.message import Event
from shared.contracts.values import Day, Id, Version

OWNER = "enrolment"
BEFORE, AFTER = timedelta(days=3), timedelta(days=1)
"""How long before and after that day diet and allergies of its children are there."""


@dataclass(frozen=True)
class FoodAnnounced:
    session_id: Id
    version: Version
    day: Day
    child_ids: list[Id]


food_announced = Event(OWNER, "food_announced", FoodAnnounced)
"""
To the dossier: who is booked at a session with food; whole, versioned per session.

Published again as bookings change, up to the day after; with no child it is taken back. What the
provider receives by it, the register says (`on_occasion`).
"""
