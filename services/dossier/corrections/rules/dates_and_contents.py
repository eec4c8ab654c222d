"""Dates and contents that a correction or a separation may have; no database."""

from collections.abc import Collection, Mapping
from datetime import date, timedelta

from services.dossier.sections.rules.projections import Content
from shared.contracts.dossier.corrections import (
    AUTHORITY,
    GUARDIAN_COMES,
    GUARDIAN_LEAVES,
    GUARDIAN_NAME,
    ChangedField,
    CorrectionOf,
    FromPaper,
    NothingCorrected,
)
from shared.contracts.dossier.families.safeguarding import IN_BOTH, WITH_WHO_LEAVES, WITH_WHO_STAYS
from shared.contracts.dossier.families.separation import SeparateHouseholdRequest
from shared.contracts.dossier.two_home_weeks import ChildWeeks
from shared.contracts.errors import BadRequest

OLDEST_CHILD = timedelta(days=25 * 366)
"""An older birth date is a slip of the pen."""
FARTHEST = timedelta(days=400)
"""A correction that holds from a later day is a slip of the pen."""
LONGEST_SHOWN = 120
"""Letters of a home's names that a correction shows."""
WEEK_FIELDS = ("home", "even", "odd", "changes", "school_days", "holidays", "summer")


def check_correction_dates(request: CorrectionOf, birth_date: date, today: date) -> None:
    """Raise BadRequest, by field, for days that cannot be; `birth_date` as it will stand."""
    errors = _paper_errors(request, today)
    if not today - OLDEST_CHILD <= birth_date <= today:
        errors["birth_date"] = ["to come, or more than 25 years ago"]
    elif not birth_date <= request.holds_from <= today + FARTHEST:
        errors["holds_from"] = ["before birth, or more than a year to come"]
    if errors:
        raise BadRequest(errors=errors)


def check_days_of_adult(request: FromPaper, today: date, *, to_come: bool = True) -> None:
    """Raise BadRequest, by field, for days that cannot be; only a death is never `to_come`."""
    errors = _paper_errors(request, today)
    last = today + FARTHEST if to_come else today
    if not today - OLDEST_CHILD <= request.holds_from <= last:
        errors["holds_from"] = ["too long ago, or to come"]
    if errors:
        raise BadRequest(errors=errors)


def _paper_errors(request: FromPaper, today: date) -> dict[str, list[str]]:
    return {"paper_date": ["to come"]} if request.paper_date > today else {}


def check_weeks(weeks: ChildWeeks, homes: Collection[str]) -> None:
    """Raise BadRequest unless each week, school day and half is one of exactly two homes'."""
    of_two = len(set(homes)) == 2 and {weeks["even"], weeks["odd"]} == set(homes)
    said = {weeks["school_days"], weeks["holidays"]} - {None}
    if not of_two or not said <= set(homes):
        raise BadRequest(errors={"weeks": ["two homes of the child, each with its own"]})


def check_homes(weeks: ChildWeeks, possible: Collection[str], answered: Collection[str]) -> None:
    """
    Raise BadRequest unless a child lives in one of these homes, or in two that share its weeks.

    `answered` are homes where somebody answers for it: it lives alone in no other.
    """
    homes = {weeks["even"], weeks["odd"]}
    if len(homes) > 1:
        check_weeks(weeks, homes)
    alone = len(homes) == 1
    shared = weeks["school_days"] is not None or weeks["holidays"] is not None
    if not homes <= set(possible) or (alone and (shared or not homes <= set(answered))):
        raise BadRequest(errors={"weeks": ["a home of the child, or of who answers for it"]})


def check_separation(
    request: SeparateHouseholdRequest, living: Collection[str], known_since: date, today: date
) -> None:
    """Raise BadRequest, by field, for who leaves, weeks and days that cannot be."""
    errors = {}
    leaving = set(request.guardians)
    if not leaving < set(living):
        errors["guardians"] = ["who lives there, and not all of them"]
    if request.paper_date > today:
        errors["paper_date"] = ["to come"]
    if not known_since <= request.holds_from <= today + FARTHEST:
        errors["holds_from"] = ["before the household is known, or more than a year to come"]
    if errors:
        raise BadRequest(errors=errors)
    if any(child["lives"] == IN_BOTH for child in request.children):
        if request.weeks is None:
            raise BadRequest(errors={"weeks": ["whose weeks"]})
        check_weeks(request.weeks, (WITH_WHO_STAYS, WITH_WHO_LEAVES))


def check_homes_of_children(
    said: Mapping[str, str], living: Collection[str], elsewhere: Collection[str]
) -> None:
    """Raise BadRequest for a child without a home, unknown there, or that would live in three."""
    in_three = [child for child in elsewhere if said.get(child) == IN_BOTH]
    if set(said) != set(living) or in_three:
        raise BadRequest(errors={"children": ["where each of them lives"]})


def refuse_unchanged_correction(before: Content, after: Content) -> None:
    """Raise NothingCorrected where it is so already."""
    if before == after:
        raise NothingCorrected


def fields_changed_by_correction(
    before: Mapping[str, object], after: Content
) -> list[ChangedField]:
    """Return the fields of a section that differ, in the order of the section."""
    return [
        {"field": name, "before": str(before.get(name) or ""), "after": str(value or "")}
        for name, value in after.items()
        if before.get(name) != value
    ]


def changes_of_adult(subject: str, content: Content) -> list[ChangedField]:
    """Return what changed of an adult for one child; a death, or a home elsewhere, no field."""
    if subject == GUARDIAN_NAME:
        return [{"field": "name", "before": content["before"], "after": content["name"]}]
    if subject == GUARDIAN_COMES:
        before = content["before"]
        if before["authority"] is None:
            field = AUTHORITY if content["authority"] else "answers"
            return [_begun(field)]
        begun = {name: content[name] and not before[name] for name in (AUTHORITY, "lives_here")}
        return [_begun(name) for name, begins in begun.items() if begins]
    if subject == GUARDIAN_LEAVES:
        field = "lives_here" if content["still_answers"] else "in_charge"
        return [{"field": field, "before": "yes", "after": "no"}]
    return []


def _begun(field: str) -> ChangedField:
    return {"field": field, "before": "no", "after": "yes"}


def fields_of_weeks(weeks: ChildWeeks, names: Mapping[str, Collection[str]]) -> dict[str, str]:
    """Return weeks as they are shown, field by field; a home is named by who lives there."""

    def names_of_home(household_id: str | None) -> str:
        return ", ".join(names.get(household_id or "", ()))[:LONGEST_SHOWN]

    if weeks["even"] == weeks["odd"]:
        return {"home": names_of_home(weeks["even"])}
    fields = {"even": names_of_home(weeks["even"]), "odd": names_of_home(weeks["odd"])}
    if weeks["school_days"] is None:
        fields["changes"] = f"{weeks['changes_on']} {weeks['changes_at']}"
    else:
        fields["school_days"] = names_of_home(weeks["school_days"])
    if weeks["holidays"] is not None:
        fields |= {"holidays": names_of_home(weeks["holidays"]), "summer": weeks["summer"]}
    return fields


def changed_weeks(before: Mapping[str, str], after: Mapping[str, str]) -> list[ChangedField]:
    """Return the fields of weeks that differ; one of one side alone is empty on the other."""
    return [
        {"field": name, "before": before.get(name, ""), "after": after.get(name, "")}
        for name in WEEK_FIELDS
        if before.get(name) != after.get(name)
    ]


def sealed_place_of_separation(separation_id: str) -> str:
    """Return what a separation that waits for its day is bound to."""
    return f"separation.{separation_id}"
