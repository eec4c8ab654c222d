"""A protected household: nothing of where it lives shows to another household (rule R9)."""

from shared.contracts.dossier import OWNER
from shared.contracts.errors import Refusal
from shared.contracts.formats import Day, Id, Text
from shared.contracts.message import Method

protect_household = Method(
    OWNER,
    "protect_household",
    request={"household_id": Id(), "paper": Text(80), "paper_date": Day()},
    answer={},
    writes=True,
)
"""
From now on the household is in no search and no proposal, and another home learns nothing new.

`paper` is the kind of document that the desk has seen, with its date.

Refusals: NotFound, SharedHome.
"""

lift_protection = Method(
    OWNER, "lift_protection", request={"household_id": Id()}, answer={}, writes=True
)
"""The protection ends; refusals: NotFound where there is none."""


class SharedHome(Refusal):
    """Two guardians live there: the address would be shown to the one it is hidden from."""

    code = "shared_home"
