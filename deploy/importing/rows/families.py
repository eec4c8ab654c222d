"""
Rows of children as families: one row for each child, brought together by the household's number.

Pure. A child of two homes has a row in each, under the same number, with the same names and birth
date (`contested_numbers.py`); the later row adds what the first had not (`merged_rows.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from deploy.importing.rows.contested_numbers import refuse_contested_numbers
from deploy.importing.rows.merged_rows import merge_address, merge_sections, report_contradiction
from deploy.importing.table_files.mapping import MOST_COLLECTING, Reading
from deploy.importing.table_files.problems import Cells, Problems
from deploy.importing.table_files.table import Row, Table
from shared.contracts.sections import SECTIONS
from shared.dates.two_home_weeks import MOMENTS
from shared.files import cell_parsing
from shared.json_values import JsonObject
from shared.text import folded
from shared.text.child_likeness import Named, likely_children
from shared.town.schools.known_school_spelling import near_schools, own_spelling

FIRST_DAY = date(2000, 1, 1)
"""Since when a household lives where the file does not say it: an address holds before it, too."""
WEEKS = {"": None, "even": "even", "odd": "odd"}
WEEKDAYS = {str(day): day for day in range(1, 8)}
MOST_REFERENCE, MOST_NAME = 60, 120
ELSEWHERE = "hors:"
"""Before the name of a school that is none of the town's, in a file or in its mapping."""

UNSAID_GRADE = "à préciser"
WITHOUT_LETTER = (
    "no address: unless the dossier has one, no letter of access will leave, and its adults are"
    " invited at the desk"
)
UNDER_ANOTHER_NUMBER = "line {} has this child under another number: give both one"


@dataclass
class Families:
    """
    Payloads by household, in the order of the file, and the children named in it.

    `recorded` has by child its first row and the values of all its rows; `homes` the first row of a
    household.
    """

    payloads: dict[str, JsonObject] = field(default_factory=dict)
    children: dict[str, tuple[Row, Named]] = field(default_factory=dict)
    recorded: dict[str, tuple[Row, dict[str, JsonObject]]] = field(default_factory=dict)
    homes: dict[str, Row] = field(default_factory=dict)


def families_of_table(reading: Reading, table: Table, problems: Problems, day: date) -> Families:
    """Return the families of a file; what is wrong or doubtful goes to `problems`."""
    found = Families()
    refuse_contested_numbers(reading, table, problems)
    for row in table.rows:
        each = Cells(reading, row, problems)
        reference = each.read_reference("household")
        if not reference:
            continue
        first = found.homes.setdefault(reference, row)
        if first is row:
            found.payloads[reference] = {
                "reference": reference,
                "guardians": _read_guardians(each, reference),
                "address": None,
                "children": [],
            }
        merge_address(each, first, found.payloads[reference], _read_address(each))
        _add_child(found, found.payloads[reference], each, day)
    for payload in found.payloads.values():
        for child in payload["children"]:
            child["sections"] = _with_defaults(found.recorded[child["reference"]][1], reading)
    if reading.has_field("street"):
        _report_homes_without_letters(found, problems)
    _report_likely_twins(found, problems)
    return found


def _read_guardians(each: Cells, household: str) -> list[JsonObject]:
    adults = []
    for place in (1, 2):
        value = each.read_cell(
            f"guardian_{place}", cell_parsing.person_name, "", required=place == 1
        )
        if value:
            number = each.read_reference(f"guardian_{place}_number", required=False)
            reference = number or f"{household}-{place}"
            if len(reference) > MOST_REFERENCE:
                each.problems.add_problem(
                    each.row, "household", "two characters less, or adults' numbers"
                )
            adults.append({"reference": reference, "name": value[:MOST_NAME]})
    return adults


def _read_address(each: Cells) -> JsonObject | None:
    street, commune = each.read_text("street", 160), each.read_text("commune", 80)
    postcode = each.read_cell("postcode", cell_parsing.postcode, "")
    if not street and not commune and not postcode:
        return None
    if not (street and commune and postcode):
        each.add_doubt("street", "an address needs street, postcode and commune: it is left out")
        return None
    since = each.read_cell("lives_since", cell_parsing.day, FIRST_DAY)
    insee = each.read_text("insee", 5)
    return {
        "street": street,
        "postcode": postcode,
        "commune": commune,
        "insee": insee,
        "valid_from": since,
    }


def _add_child(found: Families, family: JsonObject, each: Cells, day: date) -> None:
    reference = each.read_reference("child")
    if not reference:
        return
    first, recorded = found.recorded.setdefault(reference, (each.row, {}))
    merge_sections(each, first, recorded, _read_sections(found, each, family, reference, day))
    links, weeks = each.read_cell("links", cell_parsing.split_codes, []), _read_weeks(each)
    changes = _read_changes(each)
    here = [child for child in family["children"] if child["reference"] == reference]
    for child in here:
        child["links"] = list(dict.fromkeys([*child["links"], *links]))
        if weeks and child["weeks"] not in (None, weeks):
            report_contradiction(each, "weeks", first)
        child["weeks"] = child["weeks"] or weeks
        child |= changes
    if not here:
        family["children"].append(
            {
                "reference": reference,
                "guardians": [one["reference"] for one in family["guardians"]],
                "sections": {},
                "links": links,
                "weeks": weeks,
                **changes,
            }
        )


def _read_weeks(each: Cells) -> str | None:
    value = each.read_text("weeks")
    if value not in WEEKS:
        each.problems.add_problem(each.row, "weeks", "even or odd")
    return WEEKS.get(value)


def _read_changes(each: Cells) -> JsonObject:
    """Return on which weekday, 1 to 7, and at which moment a child changes hands, if it is said."""
    day, moment = each.read_text("changes_on"), each.read_text("changes_at")
    if day and day not in WEEKDAYS:
        each.problems.add_problem(each.row, "changes_on", "1 (Monday) to 7")
    if moment and moment not in MOMENTS:
        each.problems.add_problem(each.row, "changes_at", "morning or evening")
    said: JsonObject = {"changes_on": WEEKDAYS.get(day), "changes_at": moment or None}
    return {name: value for name, value in said.items() if value}


def _read_sections(
    found: Families, each: Cells, family: JsonObject, reference: str, day: date
) -> dict[str, JsonObject]:
    recorded = {
        "identity": _read_identity(found, each, reference, day),
        "contacts": _read_contacts(each, family),
        "pickup": _read_pickup(each, family),
        "schooling": _read_schooling(each),
        "diet": _read_diet(each),
        "health": _read_allergies(each),
    }
    contents = {name: content for name, content in recorded.items() if content}
    for name, content in _with_defaults(contents, each.reading).items():
        _checked, mistakes = SECTIONS[name].check(content, each.reading.diets.codes_offered)
        for wrong in sorted(mistakes):
            each.problems.add_problem(each.row, f"{name}.{wrong}", "not as the dossier keeps it")
    return contents


def _with_defaults(contents: Mapping[str, JsonObject], reading: Reading) -> dict[str, JsonObject]:
    """Return sections with the defaults of what no row of the child says."""
    unsaid = {"schooling": {"grade": UNSAID_GRADE}, "diet": {"menu": reading.diets.usual_menu}}
    return {
        name: content | {key: content[key] or usual for key, usual in unsaid.get(name, {}).items()}
        for name, content in contents.items()
    }


def _read_identity(found: Families, each: Cells, reference: str, day: date) -> JsonObject | None:
    named = read_named_child(each, day)
    if named is None:
        return None
    first, last, born = named
    if (day - born).days > 20 * 366:
        each.add_doubt("birth_date", "more than twenty years ago")
    found.children.setdefault(reference, (each.row, Named(first, last, born)))
    return {"first_name": first, "last_name": last, "birth_date": born.isoformat()}


def read_named_child(each: Cells, day: date) -> tuple[str, str, date] | None:
    """Return first name, last name and birth date of a row's child; None where one is wrong."""
    first = each.read_cell("first_name", cell_parsing.person_name, "", required=True)
    last = each.read_cell("last_name", cell_parsing.person_name, "", required=True)
    born = each.read_cell("birth_date", cell_parsing.day, None, required=True)
    if born and born > day:
        each.problems.add_problem(each.row, "birth_date", "a day that has been")
    return (first, last, born) if first and last and born else None


def _read_contacts(each: Cells, family: JsonObject) -> JsonObject | None:
    """Return whom to call: the adults of the household who have a number, then one more."""
    people = []
    for place, adult in enumerate(family["guardians"], start=1):
        number = each.read_or_leave_out(f"phone_{place}", cell_parsing.phone)
        if number:
            people.append({"name": adult["name"], "relation": "parent", "phone": number})
    other = each.read_or_leave_out("contact", cell_parsing.person_name, MOST_NAME)
    number = each.read_or_leave_out("contact_phone", cell_parsing.phone)
    if other and number:
        people.append({"name": other, "relation": _read_relation(each, "contact"), "phone": number})
    elif (other or number) and None not in (other, number):
        each.add_doubt("contact", "a name and a number: it is left out")
    return {"people": people} if people else None


def _read_pickup(each: Cells, family: JsonObject) -> JsonObject | None:
    """Return who else may collect the child: guardians may by right, and are left out."""
    people, guardians = [], {folded(adult["name"]) for adult in family["guardians"]}
    for place in range(1, MOST_COLLECTING + 1):
        column = f"pickup_{place}"
        name = each.read_or_leave_out(column, cell_parsing.person_name, MOST_NAME)
        number = each.read_or_leave_out(f"{column}_phone", cell_parsing.phone) or ""
        if name and folded(name) not in guardians:
            people.append({"name": name, "relation": _read_relation(each, column), "phone": number})
        elif number and name == "":
            each.add_doubt(column, "a number without a name: it is left out")
    return {"people": people} if people else None


def _read_relation(each: Cells, column: str) -> str:
    return each.read_or_leave_out(f"{column}_relation", cell_parsing.text, 60) or "proche"


def _read_schooling(each: Cells) -> JsonObject | None:
    school = each.read_text("school", 120)
    if not school:
        return None
    return {
        "school": _school_of_town(each, school),
        "grade": each.read_text("grade", 40),
        "class_name": each.read_or_leave_out("class_name", cell_parsing.text, 60) or "",
    }


def _school_of_town(each: Cells, written: str) -> str:
    """
    Return a school as the town spells it; one that could be meant makes the row wrong.

    `hors: Notre-Dame` is a school elsewhere, or a private one, however near a name of the town is.
    """
    if written.startswith(ELSEWHERE):
        return written.removeprefix(ELSEWHERE).strip()
    schools = each.reading.schools
    own, near = own_spelling(written, schools), near_schools(written, schools)
    if own or not schools:
        return own or written
    if near:
        each.problems.add_problem(
            each.row,
            "school",
            f"the town has no school of this name: {' or '.join(near)}? "
            f"Of another town or private: {ELSEWHERE} {written}",
        )
    else:
        each.add_doubt("school", "no school of the town: kept as one elsewhere")
    return written


def _read_diet(each: Cells) -> JsonObject | None:
    menu = each.read_text("menu")
    without = each.read_cell("without", cell_parsing.split_entries, [])
    return {"menu": menu, "without": without} if menu or without else None


def _read_allergies(each: Cells) -> JsonObject | None:
    """Read allergies; the severity is not in the file, so each counts as severe."""
    substances = each.read_cell("allergies", cell_parsing.split_entries, [])
    if not substances:
        return None
    return {
        "allergies": [
            {"substance": substance[:80], "severity": "severe", "reaction": ""}
            for substance in substances
        ]
    }


def _report_homes_without_letters(found: Families, problems: Problems) -> None:
    told = {each.line for each in problems.all if each.field == "street"}
    for reference, payload in found.payloads.items():
        first = found.homes[reference]
        if payload["address"] is None and first.line not in told:
            problems.add_problem(first, "street", WITHOUT_LETTER, doubtful=True)


def _report_likely_twins(found: Families, problems: Problems) -> None:
    """Report children of the file who could be one under two numbers, with their likeness."""
    homes: dict[str, frozenset[str]] = {}
    for reference, payload in found.payloads.items():
        for child in payload["children"]:
            known = homes.get(child["reference"], frozenset())
            homes[child["reference"]] = known | {reference}
    by_day: dict[date, list[tuple[str, Named]]] = {}
    for reference, (_, named) in found.children.items():
        living = Named(named.first_name, named.last_name, named.birth_date, homes[reference])
        by_day.setdefault(named.birth_date, []).append((reference, living))
    for born in by_day.values():
        for at, (reference, named) in enumerate(born):
            _report_likeness(found, problems, reference, named, born[at + 1 :])


def _report_likeness(
    found: Families,
    problems: Problems,
    reference: str,
    named: Named,
    others: list[tuple[str, Named]],
) -> None:
    together = [one for _, one in others if one.households & named.households]
    for other, one in others:
        if one in together and _are_names_the_same(one, named):
            text = UNDER_ANOTHER_NUMBER.format(found.children[reference][0].line)
            problems.add_problem(found.children[other][0], "child", text)
    for other, score in likely_children(named, together, others):
        line = found.children[other][0].line
        row = found.children[reference][0]
        value = f"could be the child of line {line} (likeness {score} of 100)"
        problems.add_problem(row, "child", value, doubtful=True)


def _are_names_the_same(one: Named, other: Named) -> bool:
    """Say whether two children of one home have one name: no parents call twins alike."""
    names = ((folded(each.first_name), folded(each.last_name)) for each in (one, other))
    return next(names) == next(names)
