"""Code that commands, workers and rivals of the tests are forked with (tests/forked.py)."""

from importlib import import_module

from deploy.cli.main import COMMANDS
from shared.runtime.code_loading import garbage_collection_held_back

with garbage_collection_held_back():
    for module in (
        *(
            "pytest",
            "tests.forked",
            "tests.faults.billing_worker",
            "tests.faults.writing",
            "tests.factories.places",
        ),
        *sorted({command.partition(":")[0] for command in COMMANDS.values()}),
    ):
        import_module(module)
