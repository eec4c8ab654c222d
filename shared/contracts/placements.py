"""A placed child and the carer with whom it lives: who says absences, from a day to a day."""

from shared.contracts.dossier import OWNER
from shared.contracts.formats import Day, Id, Several, Text
from shared.contracts.message import Method

place_child = Method(
    OWNER,
    "place_child",
    request={
        "child_id": Id(),
        "carer_id": Id(required=False, load_default=None, allow_none=True),
        "household_id": Id(required=False, load_default=None, allow_none=True),
        "carer_name": Text(120, required=False, load_default=""),
        "paper": Text(80),
        "paper_date": Day(),
        "valid_from": Day(),
        "valid_to": Day(load_default=None, allow_none=True, required=False),
    },
    answer={"carer_id": Id()},
    writes=True,
)
"""
A child is placed with an adult, in that adult's household, up to and with `valid_to`.

Either a carer who is known, with a household, or the name of a new one, who is given a household.
The carer says absences and sees the child's days; no section, no address, no bill. The same carer
again moves the last day. `paper` is the kind of document that the desk has seen.
Refusals: NotFound, BadRequest.
"""

find_carers = Method(
    OWNER,
    "find_carers",
    request={"query": Text(80)},
    answer={
        "found": Several({"household_id": Id(), "guardian_id": Id(), "name": Text(120)}),
    },
)
"""
Adults whom a name, typed with mistakes, could be, with or without children of their own.

Children living with those shown have a line in their read log. Not `writes`: it holds names.
"""

end_placement = Method(
    OWNER,
    "end_placement",
    request={"child_id": Id(), "carer_id": Id(), "last_day": Day()},
    answer={},
    writes=True,
)
"""The placement ends with that day: the carer's access closes that night, or at once if past."""
