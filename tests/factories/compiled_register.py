"""A register compiled from the demo town and some declarations, for tests of what it says."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from deploy.register.compiler import Declaration, compile_register
from deploy.register.town_file.town import read_town
from shared.register.declarations import (
    DEMO_OPS,
    DOSSIER,
    ENROLMENT,
    IDENTITY,
    OPS,
    PORTAL,
    PROVIDERS,
    Answers,
    Subscribes,
)

TOWN = read_town(Path(__file__).parents[2] / "deploy" / "towns" / "demo.yaml")
READ = Answers(DOSSIER, "read_section", 1, (PORTAL,), "guardian of the child")
INVENTORY = Answers(DOSSIER, "inventory", 1, (PROVIDERS,), "the service itself")
RESYNC = Answers(ENROLMENT, "resync", 1, (OPS,), "the service itself")
ACCOUNTS = Answers(IDENTITY, "open_accounts", 1, (DEMO_OPS,), "the service itself", writes=True)
PROJECTION = Subscribes(ENROLMENT, "projection", 1, DOSSIER, (DOSSIER,), addressed=True)
SUBJECT = Subscribes(ENROLMENT, "subject_changed", 1, IDENTITY, (IDENTITY,), addressed=True)
HELD = Subscribes(DOSSIER, "projection_held", 1, ENROLMENT, (PROVIDERS,))
DECLARED = (READ, INVENTORY, RESYNC, ACCOUNTS, PROJECTION, SUBJECT, HELD)


def compiled(declarations: Sequence[Declaration] = DECLARED, **states: str) -> dict[str, Any]:
    return compile_register(TOWN, declarations, states)
