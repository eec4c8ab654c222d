"""Section « Autorité parentale et remise »: adults to whom a child is not handed over (rule R7)."""

from datetime import date

from marshmallow import fields

from shared.contracts.sections.fields import SectionContent, day, list_length, text
from shared.contracts.sections.section import N_, Content, Section
from shared.dates.periods import next_change_of_period

MOST_BARRED = 6
"""Most adults to whom one child is not handed over."""


class BarredAdult(SectionContent):
    """
    An adult to whom the child is not handed over.

    Entered from a paper seen, by the desk or the school lead, never by a guardian's form (rule R7).
    `recorded_by` and `seconded_by` are agents who saw it; a paper seen later may give it an end.
    """

    name = text(120)
    paper_kind = text(80)
    paper_date = day(required=True)
    valid_from = day(required=True)
    valid_to = day(load_default=None, allow_none=True)
    recorded_by = text(36, optional=True)
    seconded_by = text(36, optional=True)
    lift_paper = text(80, optional=True)
    lift_paper_date = day(load_default=None, allow_none=True)


class Custody(SectionContent):
    """Effect of rulings on the hand-over; only this effect leaves the dossier."""

    barred = fields.List(
        fields.Nested(BarredAdult), required=True, validate=list_length(MOST_BARRED)
    )


CUSTODY = Section(
    code="custody",
    content=Custody(),
    label=N_("Autorité parentale et remise de l’enfant"),
    icon="pickup",
    turns=lambda content, day: next_change_of_rulings(content, day),
)


def barred_adults_on(content: Content, today: date) -> list[str]:
    """Return the names of adults to whom the child is not handed over on that day (rule R7)."""
    return [
        adult["name"] for adult in content.get("barred", []) if _is_ruling_in_force(adult, today)
    ]


def next_change_of_rulings(content: Content, today: date) -> date | None:
    """Return the first day after `today` on which a ruling begins, or no longer holds."""
    turns = [
        next_change_of_period(*_first_and_last_day_of_ruling(adult), today)
        for adult in content.get("barred", [])
    ]
    return min((turn for turn in turns if turn), default=None)


def _is_ruling_in_force(adult: Content, today: date) -> bool:
    start, end = _first_and_last_day_of_ruling(adult)
    return start <= today and (end is None or today <= end)


def _first_and_last_day_of_ruling(adult: Content) -> tuple[date, date | None]:
    end = adult.get("valid_to")
    return date.fromisoformat(adult["valid_from"]), date.fromisoformat(end) if end else None
