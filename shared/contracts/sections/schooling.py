"""Section « École et classe », written by the school service."""

from datetime import date

from shared.contracts.sections.fields import SectionContent, text
from shared.contracts.sections.section import N_, Content, Contents, Projection, Section


class Schooling(SectionContent):
    """The school, grade and class of a child."""

    school = text(120)
    grade = text(40)
    class_name = text(60, optional=True)


NEXT, NEXT_SCHOOLING = "next", "next_schooling"
"""The other school to come in the projection, and the content of which it is made."""


def _project_schooling(contents: Contents, _day: date) -> Content:
    """
    Return school, level and class; `next` is there where another school is confirmed for a day.

    A place there can be asked for before. A level or class to come is not sent ahead: it opens no
    service that the child does not have.
    """
    present = _school_level_and_class(contents.get("schooling", {}))
    coming = contents.get(NEXT_SCHOOLING, {})
    if not is_of_another_school(coming, present):
        return present
    return {**present, NEXT: {"day": coming["day"], **_school_level_and_class(coming)}}


def is_of_another_school(coming: Content, present: Content) -> bool:
    """Return whether a schooling to come, if there is one, is at another school."""
    return bool(coming) and coming.get("school", "") != present.get("school", "")


def _school_level_and_class(schooling: Content) -> Content:
    return {part: schooling.get(part, "") for part in ("school", "grade", "class_name")}


SCHOOLING = Section(
    code="schooling",
    content=Schooling(),
    label=N_("École et classe"),
    icon="school",
    needed_as=N_("l’école et la classe"),
)

SCHOOLING_PROJECTION = Projection(
    code="schooling",
    fed_by=("schooling",),
    compute=_project_schooling,
    filled=lambda content: bool(content["school"]),
    label=N_("École et classe"),
    desk_label=N_("École et classe"),
    icon="school",
    held_as="école, niveau, classe, et l’école où l’enfant ira à partir d’un jour confirmé",
    by_activity=True,
    brief=lambda contents: [school] if (school := contents["schooling"]["school"]) else [],
)
