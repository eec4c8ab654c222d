"""
How a provider comes, leaves and is followed by another: what operations ask the dossier.

Operations learn counts, days and numbers of receipts, never a name.
"""

from marshmallow import fields, validate

from shared.contracts.formats import Code, Day, Id, Moment, OneOf, Projection, Several, Text
from shared.contracts.message import UntypedEvent, UntypedMethod

OWNER = "dossier"

OPEN, END = "open", "end"

_MOVED: dict[str, fields.Field] = {
    "ended": fields.Integer(required=True),
    "left": fields.Integer(required=True),
}

end_trial = UntypedMethod(
    OWNER,
    "end_trial",
    request={"provider": Code()},
    answer={"children": fields.Integer(required=True)},
    writes=True,
)
"""Delete the invented families of a provider's trial. Safe to repeat; BadRequest while it runs."""

end_links = UntypedMethod(
    OWNER, "end_links", request={"provider": Code()}, answer=_MOVED, writes=True
)
"""
End the next hundred links of a provider that is being revoked; ask until none is `left`.

Tombstones leave, the care core stays 24 hours more (rule R6). BadRequest where it is not leaving.
"""

move_links = UntypedMethod(
    OWNER,
    "move_links",
    request={"provider": Code(), "successor": Code(), "step": OneOf((OPEN, END))},
    answer=_MOVED,
    writes=True,
)
"""
A successor takes over: `open` links the next hundred children to it, `end` ends theirs with the
former one. Ask each until none is `left`. Refusals: ProviderUnknown (no running successor).
"""

erasures = UntypedMethod(
    OWNER,
    "erasures",
    request={"provider": Code()},
    answer={
        "receipts": Several(
            {
                "projection": Projection(),
                "receipts": fields.Integer(required=True),
                "first_at": Moment(),
                "last_at": Moment(),
                "first_number": fields.Integer(required=True),
                "last_number": fields.Integer(required=True),
            }
        ),
        "children": fields.Integer(required=True),
        "waiting": fields.Integer(required=True),
        "kept_only": fields.Boolean(required=True),
        "kept_until": Moment(required=False, load_default=None, allow_none=True),
        "links": fields.Integer(required=True),
    },
)
"""
What a provider has proven to have erased, by projection, of how many children.

`waiting` are projections of which there is no receipt yet, `kept_only` says that all of them are
care cores that rule R6 keeps, until `kept_until`; `links` are children whom it still has.
"""

widening_announced = UntypedEvent(
    OWNER,
    "widening_announced",
    fields={
        "household_id": Id(),
        "key": Text(32),
        "kind": OneOf(("projection", "on_request", "on_occasion", "purpose", "retention")),
        "provider": fields.String(required=True, validate=validate.Length(0, 40)),
        "what": Code(),
        "after": Text(300),
        "valid_from": Day(),
        "child_ids": fields.List(Id(required=False), required=True),
        "at": Moment(),
    },
)
"""
To the portal: more will be known of these children from a day on, as the DPO has approved it.

`what` is a projection, or a section that is kept longer (`provider` ""); `after` the new purpose or
length. Told once per household and `key`.
"""
