"""
A guardian has a part of the file sent to one provider more, up to a day (rule R4).

What may be asked for is what the register lists as taken on request; nothing that a provider
receives by itself can be taken away.
"""

from datetime import timedelta

from marshmallow import fields

from shared.contracts.dossier.dossier import OWNER
from shared.contracts.formats import Code, Day, Id, Moment, Projection, Text
from shared.contracts.message import UntypedEvent, UntypedMethod

LONGEST = timedelta(days=366)
"""How far ahead its last day may lie: longer is asked for again."""

_WHAT = {"child_id": Id(), "provider": Code(), "projection": Projection()}

also_tell = UntypedMethod(
    OWNER, "also_tell", request={**_WHAT, "until": Day()}, answer={}, writes=True
)
"""
From now on up to and with `until`, the provider has this projection too, as it changes.

Refusals: NotFound (it does not have the child), NotEntitled (it does not take this), BadRequest.
"""

tell_no_more = UntypedMethod(OWNER, "tell_no_more", request=_WHAT, answer={}, writes=True)
"""Withdrawn by a guardian: the provider erases what it held by it. Refusals: NotFound."""

also_told = UntypedEvent(
    OWNER,
    "also_told",
    fields={
        "household_id": Id(),
        "key": Text(60),
        "provider": Code(),
        "projection": Projection(),
        "child_id": Id(),
        "until": Day(),
        "ended": fields.Boolean(required=True),
        "at": Moment(),
    },
)
"""
To the portal: a guardian has something of a child sent to one provider more, or withdrew it.

Told once per household and `key`, so that the other guardian reads of it.
"""
