"""The `preau` command finds each of its commands, and imports what that one needs."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from functools import cache
from pathlib import Path
from subprocess import PIPE

import click
import pytest
from click.testing import CliRunner

from deploy.applied_town import Applied
from deploy.cli.main import BROKEN_OFF, COMMANDS, preau
from deploy.instance.instance import AMQP, PROJECT, Instance
from deploy.instance.release import last_commit_in
from deploy.instance.user_error import UserError
from deploy.processes.ops_requests import ops_client
from deploy.provisioning.apply import compile_register_in_force

OPS = "deploy.processes.ops_requests"
WITH_CTRL_C = """
import signal
from deploy.cli.main import preau
signal.signal(signal.SIGINT, signal.default_int_handler)
preau()
"""
"""The command, heeding Ctrl-C also where what runs the tests was started to ignore it."""


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


@pytest.fixture
def silent_broker(tmp_path: Path) -> Iterator[tuple[Instance, socket.socket, socket.socket]]:
    """A home whose broker is there and accepts nobody: its two ports are open, and mute."""
    with closing(socket.create_server(("127.0.0.1", 0))) as amqp:
        instance = Instance(tmp_path / "var", amqp.getsockname()[1] - AMQP)
        with closing(socket.create_server(("127.0.0.1", instance.management_port))) as management:
            instance.prepare_folders()
            yield instance, amqp, management


def test_a_command_waits_for_a_broker_that_is_slow_says_so_and_then_where_to_look(
    silent_broker: tuple[Instance, socket.socket, socket.socket],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    instance, _amqp, _management = silent_broker
    applied = Applied(instance)
    instance.register_path.write_text(json.dumps(compile_register_in_force(applied)), "utf-8")
    address = f"amqp://ops:x@127.0.0.1:{instance.amqp_port}/"
    applied.secrets.update_values("ops", AMQP_URI=address, DATABASE_URL="sqlite://")
    for module, name in (
        ("shared.bus.broker.connection", "CONNECT_SECONDS"),
        (OPS, "CONNECT_SECONDS"),
    ):
        monkeypatch.setattr(f"{module}.{name}", 0.2)  # the figures, not the code
    monkeypatch.setattr(f"{OPS}.PATIENCE_SECONDS", 0.4)

    told = r"accepts no connection .*`preau doctor`.*broker\.log"
    with pytest.raises(UserError, match=told), ops_client(applied):
        pass

    assert capsys.readouterr().err.startswith("the broker is slow: waiting for it")


def test_a_command_that_is_broken_off_says_that_it_is_to_be_called_again(
    silent_broker: tuple[Instance, socket.socket, socket.socket],
) -> None:
    instance, _amqp, management = silent_broker
    command = (sys.executable, "-c", WITH_CTRL_C, "apply")
    environment = os.environ | instance.environment
    with subprocess.Popen(command, cwd=PROJECT, env=environment, stderr=PIPE, text=True) as apply:
        asked, _ = management.accept()  # it has begun, and waits for the broker's answer
        apply.send_signal(signal.SIGINT)
        _, said = apply.communicate()
        asked.close()

    assert apply.returncode == 1
    assert said == f"Error: {BROKEN_OFF}\n"


def test_a_folder_that_may_not_be_written_is_named_in_a_sentence() -> None:
    """`/sys` takes no folder of anybody's, root's neither."""
    done = CliRunner().invoke(preau, ["plan"], env={"PREAU_HOME": "/sys/preau"})

    assert done.exit_code == 1
    assert isinstance(done.exception, SystemExit)
    assert done.stderr.startswith("Error: /sys/preau: ")
    assert "call this again" in done.stderr


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
