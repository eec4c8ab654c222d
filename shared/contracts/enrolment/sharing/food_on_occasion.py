"""A session that has food though its provider usually has none: a birthday cake (rule R3)."""

from dataclasses import dataclass
from datetime import timedelta

from shared.contracts.message import Event
from shared.contracts.values import Day, Id, Version

OWNER = "enrolment"
BEFORE, AFTER = timedelta(days=3), timedelta(days=1)
"""Days before and after the event on which diet and allergies of its children are sent."""


@dataclass(frozen=True)
class FoodAnnounced:
    session_id: Id
    version: Version
    day: Day
    child_ids: list[Id]


food_announced = Event(OWNER, "food_announced", FoodAnnounced)
"""
Children booked at a session with food, for the dossier; whole, versioned per session.

Published again as bookings change, up to the day after; without children it is withdrawn. The
register decides what the provider receives by it (`on_occasion`).
"""
