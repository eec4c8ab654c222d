"""The `preau` command finds each of its commands, and imports what that one needs."""

import subprocess
import sys

import click
import pytest

from deploy.cli.main import COMMANDS, preau
from deploy.instance.instance import PROJECT


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_where_the_list_says_and_bears_its_name(name: str) -> None:
    command = preau.get_command(click.Context(preau), name)

    assert command is not None
    assert command.name == name
    assert command.get_short_help_str()


@pytest.mark.parametrize(
    "name", ["code", "dead", "down", "history", "import", "restart", "status", "trace"]
)
def test_a_command_that_opens_no_database_waits_for_no_database_library(name: str) -> None:
    module = COMMANDS[name].partition(":")[0]
    program = f"import sys, deploy.cli.main, {module}; print('sqlalchemy' in sys.modules)"

    said = subprocess.run(
        [sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, check=True
    )

    assert said.stdout.strip() == "False"
