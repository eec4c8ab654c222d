"""
The four forms of a guardian: fields as a browser sends them ⇄ the JSON content of the contract.

Pure. Blank rows are dropped, so that a mistake's position is that of the row on the page.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from shared.contracts.sections import contents as contract
from shared.web.forms.forms import Form, Typed, flat, joined, sentences
from shared.web.forms.rows import Rows, Sent, compact, iso, one

CARE_PLAN = "care_plan"
CARE_TEXTS = ("care_plan-signs", "care_plan-conduct", "care_plan-kit")


ROWS: dict[str, dict[str, Rows]] = {
    "diet": {},
    "contacts": {
        "people": Rows(("name", "relation", "phone"), ("name", "relation", "phone"), 6, at_first=2)
    },
    "pickup": {
        "people": Rows(("name", "relation", "phone"), ("name", "relation", "phone"), 10, at_first=1)
    },
    "health": {
        "allergies": Rows(("substance", "severity", "reaction"), ("substance", "reaction"), 10),
        "treatments": Rows(("name", "dosage", "moment"), ("name", "dosage", "moment"), 10),
    },
}
_SINGLE = {
    "diet": ("menu",),
    "contacts": (),
    "pickup": (),
    "health": ("has_plan", "vaccinations_checked", "remarks", "had_plan", "drop_plan"),
}
_PLAN = ("signs", "conduct", "kit", "valid_until")
_YES = "yes"


def fresh(section: str, content: Mapping[str, Any]) -> Form:
    """Return the form of a stored content; one never filled shows its first blank rows."""
    values = flat(dict(content))
    if section == "health":
        plan = content.get(CARE_PLAN)
        values.pop(CARE_PLAN, None)
        values["has_plan"] = _YES if plan else "no" if content else ""
        values["had_plan"] = _YES if plan else ""
    form = Form(values)
    for name, rows in ROWS[section].items():
        for _ in range(len(form.rows(name)), rows.at_first if not content else 0):
            add_row(form, section, name)
    return form


def typed(section: str, sent: Sent) -> Typed:
    """Return the values of a form that came in, rows without gaps, blank ones left out."""
    values: Typed = {name: one(sent, name) for name in _SINGLE[section]}
    for name, rows in ROWS[section].items():
        values |= compact(name, rows, sent)
    if section == "diet":
        values["without"] = [each.strip() for each in sent.get("without", ())]
    if section == "health":
        values |= {joined(CARE_PLAN, part): one(sent, joined(CARE_PLAN, part)) for part in _PLAN}
    return values


def content(section: str, values: Typed) -> dict[str, Any]:
    """Return the contract's content for typed values, not yet checked."""
    made: dict[str, Any] = {
        name: [_row(values, name, at, rows) for at in Form(values).rows(name)]
        for name, rows in ROWS[section].items()
    }
    if section == "diet":
        made |= {"menu": values["menu"], "without": values["without"]}
    if section == "health":
        made |= {
            CARE_PLAN: _plan(values) if values["has_plan"] == _YES else None,
            "vaccinations_checked": values["vaccinations_checked"] == _YES,
            "remarks": values["remarks"],
        }
    return made


def check(section: str, values: Typed) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the content that may be sent, and the sentence for each field that is wrong."""
    checked, errors = contract.check(section, content(section, values))
    found = sentences(errors)
    if section == "diet":
        found = _whole_group(found, "without")
    if section == "health":
        found |= _about_the_plan(values)
    return checked, dict(sorted(found.items(), key=lambda item: _place(section, item[0])))


def add_row(form: Form, section: str, name: str) -> None:
    """Put one blank row at the end, where there is room."""
    rows = ROWS[section][name]
    at = form.next_row(name)
    if len(form.rows(name)) < rows.most:
        form.values |= {joined(joined(name, at), column): "" for column in rows.columns}


def without_row(sent: Sent, row: str) -> dict[str, Sequence[str]]:
    """Return what came in without one row, named as its button names it: `people-1`."""
    return {name: values for name, values in sent.items() if not name.startswith(f"{row}-")}


def _about_the_plan(values: Typed) -> dict[str, str]:
    """Ask for an answer, and once more before what to do in an emergency goes away."""
    if values["has_plan"] not in (_YES, "no"):
        return {"has_plan": "Répondez par oui ou par non."}
    if values["had_plan"] == _YES and values["has_plan"] == "no" and values["drop_plan"] != _YES:
        return {"drop_plan": "Vous retirez le PAI : cochez pour confirmer, ou répondez oui."}
    return {}


def _row(values: Typed, name: str, at: int, rows: Rows) -> dict[str, str]:
    return {column: values.get(f"{name}-{at}-{column}", "") for column in rows.columns}


def _plan(values: Typed) -> dict[str, str]:
    plan = {part: values[joined(CARE_PLAN, part)] for part in _PLAN}
    return plan | {"valid_until": iso(plan["valid_until"])}


def _whole_group(found: dict[str, str], name: str) -> dict[str, str]:
    """Give the mistake of one box to its group: the boxes have no line of their own."""
    return {
        (name if field.startswith(f"{name}-") else field): sentence
        for field, sentence in found.items()
    }


def _place(section: str, field: str) -> tuple[int, str]:
    """Order mistakes as the fields stand on the page."""
    order = ("menu", "without", "people", "allergies", "treatments", "has_plan", CARE_PLAN)
    head = field.split("-", maxsplit=1)[0]
    return (order.index(head) if head in order else len(order), field)
