"""
A child's course beside what the dossier answers of it: taken away, and past years brought in.
"""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from shared.contracts.formats import Code, Count, Id, Month, OneOf, Several, Text
from shared.contracts.message import UntypedMethod

OWNER = "dossier"

EXPORT_FORMS = ("json", "pdf")

note_export = UntypedMethod(
    OWNER,
    "note_export",
    request={"child_id": Id(), "form": OneOf(EXPORT_FORMS)},
    answer={},
    writes=True,
)
"""A guardian takes the child's history away: a line of the log, shown to that guardian alone."""


class PastYear(Schema):
    """One activity of one child in one school year that is over: how often in each month."""

    child = Text(60)
    provider = Code()
    activity = Code()
    label = Text(120)
    school_year = fields.String(required=True, validate=validate.Regexp(r"^20\d\d-20\d\d\Z"))
    months = fields.Dict(
        keys=Month(required=False),
        values=fields.Integer(strict=True, validate=validate.Range(0, 1000)),
        required=True,
        validate=validate.Length(1, 12),
    )

    @validates_schema
    def _within(self, data: dict[str, Any], **_: Any) -> None:
        first, last = (int(year) for year in data["school_year"].split("-"))
        if last != first + 1:
            raise ValidationError("Une année scolaire va d’une année à la suivante.", "school_year")
        if not all(f"{first}-09" <= month <= f"{last}-08" for month in data["months"]):
            raise ValidationError("Ce mois n’est pas de cette année scolaire.", "months")


BATCH = validate.Regexp(r"^[a-z0-9][a-z0-9_.-]{0,59}\Z")

import_history = UntypedMethod(
    OWNER,
    "import_history",
    request={
        "batch": fields.String(required=True, validate=BATCH),
        "providers": Several(
            {"code": Code(), "label": Text(120)}, load_default=list, required=False
        ),
        "lines": Several(PastYear, validate=validate.Length(1, 500)),
    },
    answer={"unknown": Count(), "changed": Count()},
    writes=True,
)
"""
Past years of children from another software, never billed; `child` is that software's reference.

A batch may come in several requests, and again: it replaces what it brought, nothing else.
`unknown` is how many lines are of no child of the dossier, `changed` how many months are new or
differ. `providers` names those that the town no
longer has.
"""

undo_history = UntypedMethod(
    OWNER,
    "undo_history",
    request={"batch": fields.String(required=True, validate=BATCH)},
    answer={"removed": Count()},
    writes=True,
)
"""Takes a whole batch of past years back; answers how many months that was."""
