"""Section « École et classe », written by the school service."""

from datetime import date

from shared.contracts.sections.fields import SectionContent, text
from shared.contracts.sections.section import N_, Content, Contents, Projection, Section


class Schooling(SectionContent):
    """The school, grade and class of a child."""

    school = text(120)
    grade = text(40)
    class_name = text(60, optional=True)


def _project_schooling(contents: Contents, _day: date) -> Content:
    schooling = contents.get("schooling", {})
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
    held_as="école, niveau, classe",
    by_activity=True,
    brief=lambda contents: [school] if (school := contents["schooling"]["school"]) else [],
)
