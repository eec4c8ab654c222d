"""The kitchen of a provider: at which of its activities it serves, and by which diets. Pure."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import time

from shared.contracts.sections.care.town_diets import TownDiets
from shared.register.entitlement import MEAL, Activity

LUNCH = time(11, 30)
"""Hour from which a lunch may be on the table, where a session is longer than its meal."""


@dataclass(frozen=True)
class Kitchen:
    """The activities with a meal, by code, and the town's diets."""

    codes: frozenset[str]
    diets: TownDiets


def kitchen_of(activities: Collection[Activity], diets: TownDiets) -> Kitchen:
    """Return the kitchen of these activities; without codes where none serves a meal."""
    return Kitchen(frozenset(each.code for each in activities if MEAL in each.tags), diets)
