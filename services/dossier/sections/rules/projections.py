"""
What each provider learns of a child, computed from the sections that a guardian filled.

Pure: a projection is a function of contents and of the day. Contents are those of
shared/contracts/sections/contents.py as JSON types, and under `family` who answers for the child
and where it lives (households/commands/guardianships.py); a section that was never told is absent.
A projection is always whole, so that nothing told reads as its empty value (`menu` null, no
allergies).
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from shared.dates.periods import period_turns_on
from shared.register.entitlement import FAMILY, FED_BY

Content = dict[str, Any]
Contents = Mapping[str, Content]

NUMBERS_IN_CARE_CORE = 2


def _care_core(contents: Contents, day: date) -> Content:
    """
    Return what everybody with the child needs (rule R1).

    A PAI that has expired stays, with its date: the conduct is maintained until renewed (rule R6).
    """
    identity = contents["identity"]
    people = contents.get("contacts", {}).get("people", [])
    return {
        "first_name": identity["first_name"],
        "last_name": identity["last_name"],
        "birth_date": identity["birth_date"],
        "numbers": [_only(person, "name", "phone") for person in people[:NUMBERS_IN_CARE_CORE]],
        "not_to_hand_over": barred_on(contents.get("custody", {}), day),
        "care_plan": _care_plan(contents.get("health", {})),
    }


def _care_plan(health: Content) -> Content | None:
    plan = health.get("care_plan")
    return _only(plan, "signs", "conduct", "kit", "valid_until") if plan else None


def _pickup(contents: Contents, _day: date) -> Content:
    people = contents.get("pickup", {}).get("people", [])
    return {"people": [_only(person, "name", "relation", "phone") for person in people]}


def _schooling(contents: Contents, _day: date) -> Content:
    told = contents.get("schooling", {})
    return {part: told.get(part, "") for part in ("school", "grade", "class_name")}


def _diet(contents: Contents, _day: date) -> Content:
    told = contents.get("diet", {})
    return {"menu": told.get("menu"), "without": list(told.get("without", []))}


def _allergies(contents: Contents, _day: date) -> Content:
    told = contents.get("health", {}).get("allergies", [])
    return {"allergies": [_only(one, "substance", "severity", "reaction") for one in told]}


def _treatments(contents: Contents, _day: date) -> Content:
    told = contents.get("health", {}).get("treatments", [])
    return {"treatments": [_only(one, "name", "dosage", "moment") for one in told]}


def _health_sheet(contents: Contents, day: date) -> Content:
    health = contents.get("health", {})
    return {
        **_allergies(contents, day),
        **_treatments(contents, day),
        "remarks": health.get("remarks", ""),
        "vaccinations_checked": health.get("vaccinations_checked", False),
    }


def _family(contents: Contents, _day: date) -> Content:
    """Return ids alone: who may act for the child, and of which household each week is."""
    told = contents.get(FAMILY, {})
    rare = {name: list(told[name]) for name in ("carers", "protected") if told.get(name)}
    return {
        "guardians": list(told.get("guardians", [])),
        "weeks": told.get("weeks"),
        **rare,
    }


_PREPARED: Mapping[str, Callable[[Contents, date], Content]] = {
    "care_core": _care_core,
    "pickup": _pickup,
    "schooling": _schooling,
    "diet": _diet,
    "allergies": _allergies,
    "treatments": _treatments,
    "health_sheet": _health_sheet,
    "family": _family,
}


def prepare(projection: str, contents: Contents, day: date) -> Content:
    """Return the whole projection as a provider receives it on that day."""
    return _PREPARED[projection](contents, day)


def is_filled(projection: str, content: Content) -> bool:
    """Say whether something was told: a diet chosen, at least one allergy, somebody named."""
    if projection == "health_sheet":
        return any(content.values())
    telling = {
        "care_core": "last_name",
        "pickup": "people",
        "schooling": "school",
        "diet": "menu",
        "allergies": "allergies",
        "treatments": "treatments",
        "family": "guardians",
    }
    return bool(content[telling[projection]])


def affected(section: str) -> tuple[str, ...]:
    """Return the projections that a change of this section may change."""
    return tuple(projection for projection, sections in FED_BY.items() if section in sections)


def needed(projections: Iterable[str]) -> frozenset[str]:
    """Return the sections from which these projections are computed."""
    return frozenset(section for projection in projections for section in FED_BY[projection])


def barred_on(custody: Content, day: date) -> list[str]:
    """Return the names of those to whom the child is not handed over on that day (rule R7)."""
    return [one["name"] for one in custody.get("barred", []) if _in_force(one, day)]


def turns_on(section: str, content: Content, day: date) -> date | None:
    """Return the first day after `day` on which a ruling begins, or no longer holds."""
    if section != "custody":
        return None
    turns = [period_turns_on(*_period(one), day) for one in content.get("barred", [])]
    return min((turn for turn in turns if turn), default=None)


def _in_force(ruling: Content, day: date) -> bool:
    start, end = _period(ruling)
    return start <= day and (end is None or day <= end)


def _period(ruling: Content) -> tuple[date, date | None]:
    end = ruling.get("valid_to")
    return date.fromisoformat(ruling["valid_from"]), date.fromisoformat(end) if end else None


def _only(whole: Mapping[str, Any], *parts: str) -> Content:
    return {part: whole[part] for part in parts}
