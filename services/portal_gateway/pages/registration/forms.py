"""Forms of a registration's steps: fields as a browser sends them ⇄ the contract's content."""

from collections.abc import Mapping, Sequence

from shared.contracts.dossier.registrations import MOST_CHILDREN, check_step
from shared.json_values import JsonMapping, JsonObject
from shared.town.schools.choice import TownSchool
from shared.web.addresses import fields as addresses
from shared.web.forms.form_data import Form, Typed, flat_errors, flat_values
from shared.web.forms.form_rows import Sent, compact_rows, field_value, iso_day
from shared.web.forms.school_fields import OTHER, fill_school, read_school

CHILD = ("first_name", "last_name", "birth_date", "school", "grade")
FIELDS_OF_CHILD = (*CHILD, f"school{OTHER}")
SIGNIFICANT = ("first_name", "last_name", "birth_date", "school")
SINGLE: dict[str, tuple[str, ...]] = {
    "guardian": ("first_name", "last_name", "relation", "email", "phone"),
    "second": ("there", "name", "email", "phone", "lives_here", "authority"),
    "children": (),
    "home": addresses.FIELDS,
}


def form_of_registration(step: str, content: JsonMapping, schools: Sequence[TownSchool]) -> Form:
    """Return the form of what is kept."""
    is_home = step == "home" and bool(content)
    form = Form(addresses.field_values(content) if is_home else flat_values(dict(content)))
    for at in form.rows("children"):
        name = f"children-{at}-school"
        fill_school(form, name, form.value(name), schools)
    if step == "children" and not form.rows("children"):
        _add_row(form)
    return form


def parse_form(step: str, sent: Sent) -> Form:
    """Return the form as it came in, blank rows left out."""
    values: Typed = {name: field_value(sent, name) for name in SINGLE[step]}
    if step == "children":
        values |= compact_rows("children", FIELDS_OF_CHILD, SIGNIFICANT, sent)
    return Form(values)


def form_with_rows(sent: Mapping[str, Sequence[str]]) -> Form:
    """Answer the buttons of a row where the browser runs no script."""
    removed = next(iter(sent.get("remove", ())), "")
    kept = {name: values for name, values in sent.items() if not name.startswith(f"{removed}-")}
    form = parse_form("children", kept if removed else sent)
    if "add" in sent:
        _add_row(form)
    return form


def check_form(
    step: str, form: Form, schools: Sequence[TownSchool]
) -> tuple[dict[str, object], dict[str, str]]:
    """Return the contract's content, and the sentence for each field that cannot be kept."""
    content: JsonObject = {name: form.value(name) for name in SINGLE[step]}
    if step == "children":
        content["children"] = [_child_content(form, at, schools) for at in form.rows("children")]
    if step == "home":
        addresses.check_address(form, whole=False)
        content.update(addresses.read_address(form))
    kept, mistakes = check_step(step, content)
    return kept, {**flat_errors(mistakes), **form.errors}


def _child_content(form: Form, at: int, schools: Sequence[TownSchool]) -> dict[str, object]:
    row = {column: form.value(f"children-{at}-{column}") for column in CHILD}
    row["school"] = read_school(form, f"children-{at}-school", schools)
    return row | {"birth_date": iso_day(row["birth_date"]) or None}


def _add_row(form: Form) -> None:
    at = form.next_row("children")
    if len(form.rows("children")) < MOST_CHILDREN:
        form.values |= {f"children-{at}-{column}": "" for column in FIELDS_OF_CHILD}
