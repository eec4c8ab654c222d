"""Answers of billing about letters on paper, by contract: what waits, and what was printed."""

import base64
from datetime import timedelta
from typing import Any

from shared.contracts.billing.regie import letters as contracts
from shared.contracts.message import Method
from shared.dates.clock import now, today
from shared.runtime.ids import new_id

PRINT_RUN = new_id()
STREETLESS = "Mme Canari Lefèvre"


def waiting(household_id: str, **more: Any) -> dict[str, Any]:
    """Return a bill that waits to be printed."""
    return {
        "kind": "invoice",
        "round": "bills:2026-11",
        "household_id": household_id,
        "payer": STREETLESS,
        "numbers": ["2026-ENS-000123"],
        "postcode": "28901",
        "town": "Démonstration",
        "by_hand": "",
        "cents": 201339,
        "since": today() - timedelta(days=3),
        **more,
    }


def run(**more: Any) -> dict[str, Any]:
    """Return what was printed at one time."""
    return {
        "run_id": PRINT_RUN,
        "printed_at": now() - timedelta(hours=1),
        "by": "Odile Marchand",
        "letters": 2,
        "by_hand": 1,
        **more,
    }


def printed(household_id: str, **more: Any) -> dict[str, Any]:
    """Return a letter of a run."""
    return {
        "kind": "invoice",
        "household_id": household_id,
        "payer": STREETLESS,
        "numbers": ["2026-ENS-000123"],
        "by_hand": "",
        "cents": 201339,
        "part": 1,
        **more,
    }


def answers(household_id: str, other_id: str) -> dict[Method, dict[str, Any]]:
    """Return what billing answers about letters of these two households."""
    reminder = {"kind": "reminder", "round": "reminders:2026-12-20", "by_hand": "protected"}
    nowhere = {"postcode": "", "town": "", "cents": 100667}
    pdf = base64.b64encode(b"%PDF-1.7 letters").decode()
    return {
        contracts.letters_to_print: {
            "next": "",
            "letters": [waiting(household_id), waiting(other_id, **reminder, **nowhere)],
        },
        contracts.print_letters: {"run_id": PRINT_RUN},
        contracts.print_runs: {"next": "", "runs": [run()]},
        contracts.read_print_run: {
            "next": "",
            "run": run(),
            "parts": [{"number": 1, "letters": 2, "ready": True, "being_made": False}],
            "letters": [printed(household_id), printed(other_id, by_hand="protected")],
        },
        contracts.print_file: {"name": "courriers-1.pdf", "content": pdf},
        contracts.print_again: {},
        contracts.choose_paper: {},
    }
