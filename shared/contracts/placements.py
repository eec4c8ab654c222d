"""A placed child and the carer with whom it lives: who says absences, from a day to a day."""

from shared.contracts.dossier import OWNER
from shared.contracts.formats import Day, Id
from shared.contracts.message import Method

place_child = Method(
    OWNER,
    "place_child",
    request={
        "child_id": Id(),
        "carer_id": Id(),
        "household_id": Id(),
        "valid_from": Day(),
        "valid_to": Day(load_default=None, allow_none=True, required=False),
    },
    answer={},
    writes=True,
)
"""
A child is placed with an adult, in that adult's household, up to and with `valid_to`.

The carer says absences and sees the child's days; no section, no address, no bill. The same carer
again moves the last day; refusals: NotFound, BadRequest.
"""

end_placement = Method(
    OWNER,
    "end_placement",
    request={"child_id": Id(), "carer_id": Id(), "last_day": Day()},
    answer={},
    writes=True,
)
"""The placement ends with that day: the carer's access closes that night, or at once if past."""
