"""The `preau` command finds each of its commands, and imports what that one needs."""

import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from deploy.cli.main import COMMANDS, preau
from deploy.instance.instance import PROJECT
from deploy.instance.release import last_commit_in


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_where_the_list_says_and_bears_its_name(name: str) -> None:
    command = preau.get_command(click.Context(preau), name)

    assert command is not None
    assert command.name == name
    assert command.get_short_help_str()


WITHOUT_DATABASE = ("code", "dead", "down", "history", "import", "restart", "status", "trace")
WITH_ONE = "approve"
EACH_IMPORTED = """
import os, sys
import deploy.cli.main
for line in sys.stdin:
    name, module = line.split()
    if not os.fork():
        __import__(module)
        print(name, "sqlalchemy" in sys.modules, flush=True)
        os._exit(0)
    os.wait()
"""
"""Imports each command in a process of its own, all of which have read the program's beginning."""


@cache
def has_database_library() -> dict[str, str]:
    """Say of each of these commands whether its import loads SQLAlchemy."""
    modules = {name: COMMANDS[name].partition(":")[0] for name in (*WITHOUT_DATABASE, WITH_ONE)}
    said = subprocess.run(
        [sys.executable, "-c", EACH_IMPORTED],
        cwd=PROJECT,
        input="".join(f"{name} {module}\n" for name, module in modules.items()),
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(line.split() for line in said.stdout.splitlines())


@pytest.mark.parametrize("name", WITHOUT_DATABASE)
def test_a_command_that_opens_no_database_waits_for_no_database_library(name: str) -> None:
    assert has_database_library()[name] == "False"


def test_a_command_that_opens_databases_loads_their_library() -> None:
    assert has_database_library()[WITH_ONE] == "True"


def test_the_command_says_of_which_version_and_commit_it_is() -> None:
    said = CliRunner().invoke(preau, ["--version"])

    assert said.exit_code == 0
    assert re.fullmatch(r"Préau \d+\.\d+\.\d+( \([0-9a-f]+, \d{4}-\d\d-\d\d\))?\n", said.output)


def test_code_that_was_unpacked_into_somebody_s_repository_is_of_none_of_its_commits(
    tmp_path: Path,
) -> None:
    of_itself = ("-c", "user.name=Camille", "-c", "user.email=camille@example.org")
    for asked in (("init", "-q"), ("commit", "-q", "--allow-empty", "-m", "theirs")):
        subprocess.run(["git", *of_itself, *asked], cwd=tmp_path, check=True)
    unpacked = tmp_path / "preau"
    unpacked.mkdir()

    assert re.fullmatch(r"[0-9a-f]+, \d{4}-\d\d-\d\d", last_commit_in(tmp_path))
    assert last_commit_in(unpacked) == ""
