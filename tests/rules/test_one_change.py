"""A town is changed by one command at a time: the second waits, and says for whom."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from subprocess import PIPE

import click
import pytest

from deploy.cli.changing_command import ChangingCommand
from deploy.cli.main import COMMANDS, preau
from deploy.instance import one_change_at_a_time
from deploy.instance.instance import PROJECT, Instance
from deploy.instance.one_change_at_a_time import HOLDER, TownBeingChanged, hold_town_for_change

CHANGING = (sys.executable, "-m", "deploy", "move")
"""A command that changes a town, and refuses a home without one at once."""
REFUSED = "Say first where to"
HOLDING = """
import time
from deploy.instance.instance import Instance
from deploy.instance.one_change_at_a_time import hold_town_for_change
with hold_town_for_change(Instance.from_environment(), "preau apply"):
    print("holds it", flush=True)
    time.sleep(60)
"""

HOLD_FOR_A_PART = {"up", "run", "approve"}
"""Commands that run on, or ask a person, once they have changed the town or before."""
CHANGE_NO_HOME = {
    *("backup", "breach", "code", "containers", "demo", "doctor", "down", "invite", "invited"),
    *("plan", "post", "reads", "reckon", "register", "restart", "resync", "sign-ins", "status"),
    *("trace", "dead list", "dead replay", "history import", "history undo", "provider receipts"),
}
"""Commands that read, or ask services: what they answer lies in their own databases."""


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    instance = Instance(tmp_path / "home")
    instance.prepare_folders()
    return instance


def start_changing(instance: Instance, *, by_holder: bool) -> "subprocess.Popen[str]":
    """Start it as an operator does, or as the command that holds the town does."""
    environment = os.environ | instance.environment
    if not by_holder:
        environment.pop(HOLDER)
    return subprocess.Popen(CHANGING, cwd=PROJECT, env=environment, stderr=PIPE, text=True)


def commands_by_words() -> Iterator[tuple[str, click.Command]]:
    context = click.Context(preau)
    for name in COMMANDS:
        command = preau.get_command(context, name)
        if isinstance(command, click.Group):
            yield from ((f"{name} {each}", one) for each, one in command.commands.items())
        elif command is not None:
            yield name, command


def test_a_second_command_waits_for_the_first_and_says_which_one_it_is(instance: Instance) -> None:
    with hold_town_for_change(instance, "preau apply"):
        second = start_changing(instance, by_holder=False)
        assert second.stderr is not None
        said = second.stderr.readline()

        assert f"`preau apply` (process {os.getpid()}) has been changing this town since" in said
        assert second.poll() is None

    _, then = second.communicate(timeout=60)
    assert REFUSED in then


def test_what_a_command_calls_itself_waits_for_nobody(instance: Instance) -> None:
    """An upgrade calls `up`, and holds the town meanwhile."""
    with hold_town_for_change(instance, "preau upgrade"):
        _, said = start_changing(instance, by_holder=True).communicate(timeout=60)

    assert said.startswith(f"Error: {REFUSED}")


def test_a_command_that_was_killed_holds_nothing(instance: Instance) -> None:
    environment = os.environ | instance.environment
    holding = (sys.executable, "-c", HOLDING)
    with subprocess.Popen(holding, cwd=PROJECT, env=environment, stdout=PIPE) as killed:
        assert killed.stdout is not None and killed.stdout.readline() == b"holds it\n"
        killed.kill()

    said: list[str] = []
    with hold_town_for_change(instance, "preau apply", said.append):
        assert said == []


def test_who_has_waited_long_enough_is_told_whom_to_look_at(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(one_change_at_a_time, "PATIENCE_SECONDS", 0.2)  # the figure, not the code
    with hold_town_for_change(instance, "preau rollback"):
        monkeypatch.delenv(HOLDER)  # as any other command is called
        with (
            pytest.raises(
                TownBeingChanged, match=r"^`preau rollback` \(process \d+\).*Nothing was"
            ),
            hold_town_for_change(instance, "preau apply"),
        ):
            pass
        monkeypatch.undo()


def test_every_command_that_changes_a_town_holds_it() -> None:
    """A new one has to be in one of the lists, or to hold the town."""
    held = {words for words, one in commands_by_words() if isinstance(one, ChangingCommand)}
    importing = {words for words, _ in commands_by_words() if words.startswith("import ")}
    every = {words for words, _ in commands_by_words()}

    assert every == held | HOLD_FOR_A_PART | CHANGE_NO_HOME | importing
    assert {"apply", "upgrade", "rollback", "restore", "provider add"} <= held
    assert not held & (HOLD_FOR_A_PART | CHANGE_NO_HOME | importing)


def test_help_is_given_while_another_command_is_at_it(instance: Instance) -> None:
    environment = os.environ | instance.environment
    asked = (*CHANGING, "--help")
    with hold_town_for_change(instance, "preau apply"):
        done = subprocess.run(asked, cwd=PROJECT, env=environment, capture_output=True, timeout=60)

    assert done.returncode == 0
