"""What the dossier answers and tells: households, children, sections, links, who reads what."""

from marshmallow import fields, validate

from shared.contracts.dossier.activity_history import EXPORT_FORMS
from shared.contracts.errors import Refusal
from shared.contracts.formats import (
    Code,
    Day,
    Id,
    MaybeDay,
    Moment,
    Month,
    OneOf,
    PartRead,
    Projection,
    Section,
    Several,
    Text,
    Version,
)
from shared.contracts.message import UntypedEvent, UntypedMethod

OWNER = "dossier"
RESYNC_BATCH = 100
"""Most children in one projection event."""


_CHILD: dict[str, fields.Field] = {
    "id": Id(),
    "first_name": Text(80),
    "last_name": Text(80),
    "birth_date": Day(),
    "school": fields.String(required=True),
    "providers": fields.List(Code(required=False), required=True),
    "missing": fields.List(Section(required=False), required=True),
    "carer": fields.Boolean(load_default=False, dump_default=False),
}
"""
A child as its guardian's first pages name it; no health.

`carer`: it is placed with this adult, who says absences and may do nothing else.
"""

my_children = UntypedMethod(
    OWNER,
    "my_children",
    request={},
    answer={
        "guardian": fields.Nested({"id": Id(), "name": Text(120)}, required=True),
        "households": fields.List(Id(required=False), required=True),
        "children": Several(dict(_CHILD)),
    },
)
"""
The children over whom the person has authority, eldest first.

`households` are the guardian's own. `providers` are the codes with an open link; `missing` the
guardian's sections never confirmed.
"""

guardian_card = UntypedEvent(
    OWNER,
    "guardian_card",
    fields={
        "subject": Id(),
        "version": Version(),
        "at": Moment(),
        "households": fields.List(Id(required=False), required=True),
        "children": Several(dict(_CHILD)),
    },
)
"""
What `my_children` answers, told to the portal whenever it changes, so that its first page asks
nobody. Whole state, versioned per guardian; no health.
"""

history = UntypedMethod(
    OWNER,
    "history",
    request={
        "child_id": Id(),
        "school_year": fields.String(load_default="", validate=validate.Length(0, 9)),
        "provider": Code(required=False, load_default=None, allow_none=True),
    },
    answer={
        "lines": Several(
            {
                "provider": Code(),
                "provider_label": Text(120),
                "activity": Code(),
                "label": Text(120),
                "school_year": Text(9),
                "months": fields.Dict(keys=fields.String(), values=fields.Integer(), required=True),
                "origin": fields.String(
                    required=True, validate=validate.OneOf(("told", "taken_over"))
                ),
            }
        ),
        "years": fields.List(Text(9, required=False), required=True),
        "providers": Several({"code": Code(), "label": Text(120)}),
    },
)
"""
The child's course (rule R10): provider, activity, year, times per month ("2026-11": 12).

Only the family reads it. Newest year first; `taken_over` came from another software. Of one school
year, else of the latest one (LATEST, or a year without anything), or of all (""); of one provider
or of all. `years` are those of that provider, `providers` all, also those that have left the town.
"""

LATEST = "latest"

delete_history = UntypedMethod(
    OWNER, "delete_history", request={"child_id": Id()}, answer={}, writes=True
)
"""A guardian deletes the child's course, this month's counts included; the next month counts."""

read_section = UntypedMethod(
    OWNER,
    "read_section",
    request={"child_id": Id(), "section": Section()},
    answer={
        "section": Section(),
        "version": Version(),
        "content": fields.Dict(required=True),
        "changed_at": Moment(required=False, load_default=None, allow_none=True),
        "changed_by": fields.String(
            required=True, validate=validate.OneOf(("nobody", "you", "guardian", "town"))
        ),
    },
)
"""One section as stored; version 0 and empty content where nothing was told yet."""

write_section = UntypedMethod(
    OWNER,
    "write_section",
    request={
        "child_id": Id(),
        "section": Section(),
        "base_version": Version(),
        "content": fields.Dict(required=True),
    },
    answer={"version": Version(), "told": fields.List(Code(required=False), required=True)},
    writes=True,
)
"""
Tell once. `told` are the providers to which something new now leaves.

Refusals: BadRequest (nested sentences), Outdated, NotEntitled, NotFound.
"""

who_knows = UntypedMethod(
    OWNER,
    "who_knows",
    request={"child_id": Id()},
    answer={
        "holdings": Several(
            {
                "projection": Projection(),
                "provider": Code(),
                "filled": fields.Boolean(required=True),
                "sent_at": Moment(),
                "received_at": Moment(required=False, load_default=None, allow_none=True),
                "seen_at": Moment(required=False, load_default=None, allow_none=True),
                "seen_by": fields.String(required=True),
            }
        ),
        "links": Several(
            {
                "provider": Code(),
                "origin": Code(),
                "opened_at": Moment(),
                "closed_at": Moment(required=False, load_default=None, allow_none=True),
                "erased_at": Moment(required=False, load_default=None, allow_none=True),
                "receipt": fields.Integer(required=False, load_default=None, allow_none=True),
            }
        ),
        "also_told": Several(
            {
                "provider": Code(),
                "projection": Projection(),
                "until": Day(),
                "by": OneOf(("you", "guardian")),
            },
            load_default=list,
            required=False,
        ),
    },
)
"""
Who holds what of this child: one line per provider and projection (rule R5: sent, received, seen).

`filled` is false where the projection is empty (no allergy told); `seen_by` is a role's code.
`also_told` is what a guardian has sent to one provider more, up to a day (rule R4).
"""

who_read = UntypedMethod(
    OWNER,
    "who_read",
    request={"child_id": Id()},
    answer={
        "reads": Several(
            {
                "provider": Code(),
                "role": Code(),
                "projection": PartRead(),
                "purpose": Code(),
                "times": fields.Integer(required=True),
                "first_at": Moment(),
                "last_at": Moment(),
                "unusual": fields.Boolean(required=True),
            }
        ),
        "exports": Several(
            {"form": OneOf(EXPORT_FORMS), "at": Moment()}, required=False, load_default=list
        ),
    },
)
"""Reads of twelve months, unusual ones first, ordinary ones grouped by month (rule R13)."""

find_dossiers = UntypedMethod(
    OWNER,
    "find_dossiers",
    request={"query": Text(80), "born": MaybeDay()},
    answer={
        "found": Several(
            {
                "household_id": Id(),
                "child_id": Id(required=False, load_default=None, allow_none=True),
                "name": Text(170),
                "born": fields.String(required=True),
                "insee": fields.String(required=True),
                "guardians": fields.List(Text(120), required=True),
            }
        ),
        "more": fields.Boolean(required=True),
    },
)
"""
The households and children that a name, typed with mistakes, could be: for the front desk alone.

As little as tells people apart: of a child its name and birth date, of a guardian the name and the
birth years of the children; the commune where they live ("" unknown); the names of a home's
`guardians` for who is found in two homes, else none. Each child shown has a line in its read log.
Not `writes`: the kit would keep the names.
"""

open_dossier = UntypedMethod(
    OWNER,
    "open_dossier",
    request={"household_id": Id()},
    answer={
        "household_id": Id(),
        "insee": fields.String(required=True),
        "guardians": Several({"id": Id(), "name": Text(120)}),
        "children": Several(
            {
                "id": Id(),
                "first_name": Text(80),
                "last_name": Text(80),
                "birth_date": Day(),
                "missing": fields.List(Section(required=False), required=True),
                "guardians": fields.List(Id(required=False), required=True),
            }
        ),
        "letters": fields.Nested(
            {
                "expected": fields.Boolean(required=True),
                "stops": Several(
                    {
                        "since": Moment(),
                        "stopped_by": Id(),
                        "why": Text(10),
                        "resumed_at": Moment(allow_none=True),
                        "resumed_by": Id(allow_none=True),
                    }
                ),
            },
            required=True,
        ),
    },
)
"""
One household at the counter: who answers for which child, and which sections were never told.

`letters` of access: whether somebody there has none yet and may get one, and each time that the
household was written to no more (`contracts.arrivals.stop_letters`), the latest first.

No content of any section, no provider, no address. Each child has a line in its read log.
Refusals: NotFound, also for a household that no desk may find (rule R9).
"""

open_link = UntypedMethod(
    OWNER,
    "open_link",
    request={"child_id": Id(), "provider": Code()},
    answer={"version": Version()},
    writes=True,
)
"""A guardian attaches a provider; what it is entitled to leaves at once. Safe to repeat."""

close_link = UntypedMethod(
    OWNER,
    "close_link",
    request={"child_id": Id(), "provider": Code()},
    answer={"version": Version()},
    writes=True,
)
"""A link ends: tombstones leave, the care core stays 24 hours more (rule R6)."""

completeness = UntypedMethod(
    OWNER,
    "completeness",
    request={"child_id": Id()},
    answer={
        "activities": Several(
            {
                "provider": Code(),
                "activity": Code(),
                "label": Text(60),
                "missing": fields.List(Code(required=False), required=True),
                "later": fields.List(Code(required=False), required=True),
                "by": MaybeDay(),
            }
        )
    },
)
"""
What the child's dossier lacks for each activity that the town file lists
(shared/register/completeness.py).

`missing` until it is complete, papers and the desk's checks included; `later` is needed by the
stay alone, by a day, and blocks nothing. Nothing of it shows another household.
"""

_ADDRESS: dict[str, fields.Field] = {
    "street": Text(160),
    "postcode": Text(10),
    "insee": fields.String(load_default="", validate=validate.Regexp(r"^(\d[0-9AB]\d{3})?\Z")),
    "commune": Text(80),
    "valid_from": Day(),
}
"""Where a household lives from a day on; `insee` is "" for a commune not in the town file."""

my_household = UntypedMethod(
    OWNER,
    "my_household",
    request={"household_id": Id()},
    answer={
        "version": Version(),
        "guardians": Several({"id": Id(), "name": Text(120)}),
        "addresses": Several(dict(_ADDRESS)),
    },
)
"""A household's guardians and dated addresses, the latest first, for its own guardians alone."""

move_household = UntypedMethod(
    OWNER,
    "move_household",
    request={"household_id": Id(), "base_version": Version(), **_ADDRESS},
    answer={"version": Version()},
    writes=True,
)
"""
Say once where a household lives from a day on; the same day again corrects it.

Refusals: NotFound (not the guardian's own household), Outdated.
"""

household_told = UntypedEvent(
    OWNER,
    "household_told",
    fields={
        "household_id": Id(),
        "version": Version(),
        "guardians": Several({"subject": Id(), "name": Text(120)}),
        "addresses": Several(dict(_ADDRESS)),
        "children": Several(
            {"child_id": Id(), "first_name": Text(80), "last_name": Text(80), "birth_date": Day()}
        ),
        "protected": fields.Boolean(load_default=False, dump_default=False),
    },
)
"""
To billing, what a bill needs: whom it is for, where it goes, whose siblings count.

`protected`: no régie is shown where the household lives (rule R9); nothing says why.

Whole state, versioned per household; nothing of any section, and no quotient: that, billing is told
by the family itself.
"""

HOUSEHOLD: dict[str, fields.Field] = {
    "reference": Text(60),
    "guardians": Several(
        {"reference": Text(60), "name": Text(120), "email": fields.String(load_default="")},
        validate=validate.Length(1, 2),
    ),
    "address": fields.Nested(dict(_ADDRESS), load_default=None, allow_none=True),
    "children": Several(
        {
            "reference": Text(60),
            "guardians": fields.List(Text(60, required=False), required=True),
            "sections": fields.Dict(
                keys=Section(required=False), values=fields.Dict(), required=True
            ),
            "links": fields.List(Code(required=False), load_default=list),
            "weeks": fields.String(
                load_default=None, allow_none=True, validate=validate.OneOf(("even", "odd"))
            ),
            "changes_on": fields.Integer(
                strict=True, load_default=5, validate=validate.Range(1, 7)
            ),
            "course": Several(
                {
                    "provider": Code(),
                    "activity": Code(),
                    "label": Text(120),
                    "school_year": Text(9),
                    "months": fields.Dict(
                        keys=Month(required=False),
                        values=fields.Integer(strict=True, validate=validate.Range(0)),
                        required=True,
                    ),
                },
                required=False,
                load_default=list,
            ),
        },
        validate=validate.Length(0, 12),
    ),
}
"""A household as another software has it; references are its numbers."""

import_household = UntypedMethod(
    OWNER,
    "import_household",
    request={
        **HOUSEHOLD,
        "trial_of": Code(required=False, load_default=None, allow_none=True),
    },
    answer={
        "household_id": Id(),
        "guardians": fields.Dict(keys=fields.String(), values=fields.String(), required=True),
        "children": fields.Dict(keys=fields.String(), values=fields.String(), required=True),
        "alike": fields.Dict(
            keys=fields.String(), values=fields.List(Id(required=False)), load_default=dict
        ),
    },
    writes=True,
)
"""
A household from another software, written and never read back: the answer maps references to ids.

`weeks` says in which ISO weeks the child lives in this household, where custody alternates, and
`changes_on` on which day of the week (1: Monday) it moves. `course` are past years, taken over as
times per month (rule R10), and never counted again by anybody. `trial_of` names the provider on
trial for which all of the household is invented: nobody else ever has it. `alike` holds, by
reference of a new child, known children whom it could be: they are reported, and never merged.
Repeating it with the same references changes nothing that a family has told since.
"""

inventory = UntypedMethod(
    OWNER,
    "inventory",
    request={"after": fields.String(load_default="")},
    answer={
        "digest": Text(64),
        "entries": fields.List(fields.Tuple((Id(), Projection(), Version())), required=True),
        "next": fields.String(required=True),
    },
)
"""
What the calling provider should hold: pages of (child, projection, version), tombstones included.

`digest` is that of shared/contracts/dossier/inventory.py, over all of it, whatever the page; `next`
is "" on the last page.
"""

resend = UntypedMethod(
    OWNER,
    "resend",
    request={
        "wanted": fields.List(
            fields.Tuple((Id(), Projection())), required=True, validate=validate.Length(1, 2000)
        )
    },
    answer={"queued": fields.Integer(required=True)},
    writes=True,
)
"""Send again, by the stream and at their present versions, what the calling provider lacks."""

projection = UntypedEvent(
    OWNER,
    "projection",
    addressed=True,
    fields={
        "projection": Projection(),
        "items": Several(
            {
                "child_id": Id(),
                "version": Version(),
                "content": fields.Dict(required=True, allow_none=True),
                "erase_after": Moment(required=False, load_default=None, allow_none=True),
            },
            validate=validate.Length(1, RESYNC_BATCH),
        ),
    },
)
"""
One projection of one child (of several, when sent again) for one provider.

`content` is the whole projection; null is a tombstone: keep until `erase_after`, then erase and
answer with a receipt. `version` counts per (provider, child, projection) and never restarts.
"""


class ProviderUnknown(Refusal):
    """The register has no running provider of that code."""

    code = "provider_unknown"


class SectionNotYours(Refusal):
    """A guardian may read this section, and changes it at a desk."""

    code = "section_not_yours"
