"""
Processes that tests start by the dozen: forks of one which has read their code (as decision 0038).

A command of `preau` begins with a second or more of imports, a worker that is to be killed as well.
Each is a process of its own still, with its own environment, words and end; whoever types a command
into a shell starts it as an operator does.
"""

import multiprocessing
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from functools import partial
from multiprocessing.process import BaseProcess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from deploy.cli.main import preau
from deploy.instance.instance import PROJECT

KILLED = 9

processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload(["tests.preloaded"])


def run_preau(
    arguments: Sequence[str], environment: Mapping[str, str], *, seconds: float
) -> "subprocess.CompletedProcess[str]":
    """Run `preau …` in the project with exactly this environment; return what it printed."""
    with TemporaryDirectory() as folder:
        said, complained = Path(folder, "stdout"), Path(folder, "stderr")
        target = (list(arguments), dict(environment), said, complained)
        process = processes.Process(target=_command, args=target)
        process.start()
        process.join(seconds)
        if process.exitcode is None:
            process.kill()
            process.join()
            raise subprocess.TimeoutExpired(["preau", *arguments], seconds)
        return subprocess.CompletedProcess(
            ["preau", *arguments],
            process.exitcode,
            said.read_text("utf-8"),
            complained.read_text("utf-8"),
        )


def start(main: Callable[[], None], environment: Mapping[str, str], log: Path) -> BaseProcess:
    """Start a program's `main` in the project with exactly this environment; it writes to a log."""
    process = processes.Process(target=_run, args=(main, dict(environment), log, log))
    process.start()
    return process


def killed_at_change(number: int, act: Callable[[], object]) -> bool:
    """Do something in a forked process that dies at this change of files; say whether it did."""
    changes = iter(range(number))

    def die_once_so_many_are_made(event: str, arguments: tuple[Any, ...]) -> None:
        writes = event == "open" and (arguments[2] or 0) & (os.O_WRONLY | os.O_RDWR)
        changing = ("os.rename", "os.remove", "os.rmdir", "os.mkdir", "shutil.copyfile")
        if (writes or event in changing) and next(changes, None) is None:
            os._exit(KILLED)

    if (process := os.fork()) == 0:
        try:
            sys.addaudithook(die_once_so_many_are_made)
            act()
            os._exit(0)
        finally:
            os._exit(1)
    status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    assert status in (0, KILLED)
    return status == KILLED


def _command(
    arguments: list[str], environment: dict[str, str], said: Path, complained: Path
) -> None:
    """Be the command."""
    sys.argv = ["preau", *arguments]
    _run(partial(preau, arguments, prog_name="preau"), environment, said, complained)


def _run(
    main: Callable[[], None], environment: dict[str, str], said: Path, complained: Path
) -> None:
    """Be a program: what it starts inherits where it writes."""
    os.chdir(PROJECT)
    os.environ.clear()
    os.environ.update(environment)
    with open(said, "a", encoding="utf-8") as out, open(complained, "a", encoding="utf-8") as err:
        os.dup2(out.fileno(), 1)
        os.dup2(err.fileno(), 2)
        with redirect_stdout(out), redirect_stderr(err):
            main()
