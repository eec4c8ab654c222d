"""
Processes stay up, start again, and end with their supervisor.
"""

import os
import signal
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from deploy.instance.instance import PROJECT
from deploy.processes import supervisor
from deploy.processes.log_files import LOG_BYTES
from deploy.processes.process import Process
from shared.runtime.version import version_of_code
from tests.deploy.supervised import FAMILY, SLEEP, STUBBORN, Supervised, eventually, group, is_alive

pytestmark = pytest.mark.timeout(120)


def test_a_killed_process_is_started_again(supervised: Supervised) -> None:
    supervised.want(desk=SLEEP, portal=SLEEP)
    supervised.launch()
    desk, portal = supervised.pid_once_running("desk"), supervised.pid_once_running("portal")

    os.kill(desk, signal.SIGKILL)

    assert supervised.pid_once_running("desk", but=desk) != desk
    assert supervised.row("desk")["restarts"] == 1
    assert supervised.row("portal") | {"since": ""} == {
        "pid": portal,
        "state": "running",
        "restarts": 0,
        "since": "",
        "version": version_of_code(),
    }


def test_what_a_dead_process_leaves_behind_is_ended_before_it_starts_again(
    supervised: Supervised,
) -> None:
    supervised.want(desk=FAMILY)
    supervised.launch()
    desk = supervised.pid_once_running("desk")
    family = eventually(lambda: found if len(found := group(desk)) == 3 else None)

    os.kill(desk, signal.SIGKILL)

    supervised.pid_once_running("desk", but=desk)
    assert not any(map(is_alive, family))


def test_a_process_that_keeps_failing_is_tried_ever_more_rarely(
    supervised: Supervised, tmp_path: Path
) -> None:
    tries = tmp_path / "tries"
    supervised.want(
        desk=["sh", "-c", f"date +%s.%N >> {tries}; echo no luck >&2; exit 3"],
        ghost=["/no/such/program"],
        portal=SLEEP,
    )
    program = supervised.launch()

    eventually(lambda: tries.exists() and len(tries.read_text("ascii").split()) == 4)
    times = [float(at) for at in tries.read_text("ascii").split()]
    gaps = [after - before for before, after in pairwise(times)]
    assert all(gap > least - 0.1 for gap, least in zip(gaps, (0.5, 1.0, 2.0), strict=True))
    assert "no luck" in supervised.instance.log_path("desk").read_text("utf-8")
    assert supervised.row("ghost")["state"] == "waiting"
    assert supervised.row("portal")["restarts"] == 0

    supervisor.stop_supervisor(supervised.instance)
    _, said = program.communicate()
    assert "ghost cannot start" in said
    assert "desk ended with 3" in said


def test_a_hangup_starts_what_is_new_and_ends_what_is_no_longer_wanted(
    supervised: Supervised,
) -> None:
    supervised.want(portal=SLEEP, desk=SLEEP, billing=SLEEP)
    supervised.launch()
    portal, desk, billing = map(supervised.pid_once_running, ("portal", "desk", "billing"))

    supervised.want(portal=SLEEP, billing=["sleep", "700"], music=SLEEP)
    supervisor.reload_wanted_processes(supervised.instance)

    assert supervised.pid_once_running("music")
    assert supervised.pid_once_running("billing", but=billing)
    eventually(lambda: not supervised.row("desk"))
    assert not is_alive(desk)
    assert not is_alive(billing)
    assert supervised.row("portal")["pid"] == portal


def test_a_process_is_restarted_with_the_secrets_of_now(supervised: Supervised) -> None:
    supervised.want_all(
        [Process("billing", SLEEP, {"TOKEN": "former"}), Process("desk", SLEEP, {})]
    )
    supervised.launch()
    billing, desk = map(supervised.pid_once_running, ("billing", "desk"))

    supervised.want_all(
        [Process("billing", SLEEP, {"TOKEN": "of now"}), Process("desk", SLEEP, {})]
    )
    supervisor.restart_process(supervised.instance, "billing", ask_anew=True)

    after = supervised.pid_once_running("billing", but=billing)
    assert b"TOKEN=of now" in Path(f"/proc/{after}/environ").read_bytes().split(b"\0")
    assert supervised.row("desk")["pid"] == desk


@pytest.mark.parametrize("ask_anew", [False, True], ids=["as-it-was", "asked-anew"])
def test_one_that_waits_for_its_next_try_is_started_by_who_asks_for_it(
    supervised: Supervised, tmp_path: Path, *, ask_anew: bool
) -> None:
    """Somebody has put right what ended it, and does not wait until it is tried again."""
    mended = tmp_path / "mended"
    supervised.want(desk=["sh", "-c", f"test -e {mended} && exec sleep 600; exit 3"], portal=SLEEP)
    supervised.launch("patient")
    portal = supervised.pid_once_running("portal")
    eventually(lambda: supervised.row("desk").get("restarts") == 1)
    assert supervised.row("desk")["state"] == "waiting"

    mended.touch()
    supervisor.restart_process(supervised.instance, "desk", ask_anew=ask_anew)

    assert is_alive(supervised.pid_once_running("desk"))
    assert supervised.row("desk")["restarts"] == 1
    assert supervised.row("portal")["pid"] == portal


def test_a_wish_that_cannot_be_read_ends_nothing(supervised: Supervised) -> None:
    supervised.want(portal=SLEEP)
    program = supervised.launch()
    portal = supervised.pid_once_running("portal")

    supervised.wanted.write_text("{", "utf-8")
    supervisor.reload_wanted_processes(supervised.instance)
    assert program.stderr
    assert any("JSONDecodeError" in line for line in program.stderr)

    supervised.want(portal=SLEEP, desk=SLEEP)
    supervisor.reload_wanted_processes(supervised.instance)
    assert supervised.pid_once_running("desk")
    assert supervised.row("portal")["pid"] == portal


def test_nothing_survives_a_stop_not_even_what_is_deaf_to_it(supervised: Supervised) -> None:
    supervised.want(desk=FAMILY, portal=SLEEP, deaf=STUBBORN)
    program = supervised.launch()
    for name in ("desk", "portal", "deaf"):
        supervised.pid_once_running(name)
    eventually(lambda: "deaf" in supervised.instance.log_path("deaf").read_text("utf-8"))
    eventually(lambda: supervised.row("desk") and len(supervised.seen) == 5)

    supervisor.stop_supervisor(supervised.instance)

    assert program.wait(timeout=5) == 0
    assert not any(map(is_alive, supervised.seen))
    assert supervisor.supervisor_state(supervised.instance) is None


def test_a_stop_waits_for_a_supervisor_that_is_slow_to_go(supervised: Supervised) -> None:
    supervised.want(portal=SLEEP)
    program = supervised.launch("slow")
    supervised.pid_once_running("portal")

    supervisor.stop_supervisor(supervised.instance)

    assert not is_alive(program.pid)


def test_a_second_interruption_ends_everything_at_once(supervised: Supervised) -> None:
    supervised.want(deaf=STUBBORN)
    program = supervised.launch()
    deaf = supervised.pid_once_running("deaf")
    eventually(lambda: "deaf" in supervised.instance.log_path("deaf").read_text("utf-8"))

    program.send_signal(signal.SIGINT)
    eventually(lambda: supervised.row("deaf").get("state") == "ending")
    program.send_signal(signal.SIGINT)

    assert program.wait(timeout=3) == 0
    assert not is_alive(deaf)


def test_nothing_survives_a_killed_supervisor_and_another_may_follow(
    supervised: Supervised,
) -> None:
    supervised.want(portal=SLEEP, deaf=STUBBORN)
    program = supervised.launch()
    portal, deaf = supervised.pid_once_running("portal"), supervised.pid_once_running("deaf")

    program.kill()
    program.communicate()

    eventually(lambda: not is_alive(portal) and not is_alive(deaf))
    assert supervisor.supervisor_state(supervised.instance) is None
    supervised.launch()
    assert supervised.pid_once_running("portal") != portal


def test_an_instance_has_one_supervisor(supervised: Supervised) -> None:
    supervised.want(portal=SLEEP)
    first = supervised.launch()
    portal = supervised.pid_once_running("portal")

    second = supervised.launch()
    _, said = second.communicate(timeout=10)

    assert second.returncode == 1
    assert "is running already" in said
    assert supervised.row("portal")["pid"] == portal
    assert supervisor.running_pid(supervised.instance) == first.pid


def test_a_second_run_leaves_the_town_running_that_it_finds(supervised: Supervised) -> None:
    supervised.want(portal=SLEEP)
    supervised.launch()
    portal = supervised.pid_once_running("portal")

    second = subprocess.run(
        [sys.executable, "-m", "deploy", "run", "--demo", "small"],
        cwd=PROJECT,
        env={**os.environ, **supervised.instance.environment},
        capture_output=True,
        text=True,
    )

    assert "is running already" in second.stderr
    assert second.returncode == 1
    assert supervised.row("portal")["pid"] == portal


def test_a_detached_supervisor_outlives_who_started_it(supervised: Supervised) -> None:
    supervised.want(portal=SLEEP)
    program = supervised.launch("detach")
    said, _ = program.communicate(timeout=10)

    assert int(said) == supervisor.running_pid(supervised.instance)
    portal = supervised.pid_once_running("portal")
    os.kill(portal, signal.SIGKILL)
    supervised.pid_once_running("portal", but=portal)
    assert "portal ended" in supervised.instance.log_path("supervisor").read_text("utf-8")

    supervisor.stop_supervisor(supervised.instance)
    assert not any(map(is_alive, supervised.seen | {int(said)}))


def test_a_supervisor_bound_to_its_starter_ends_with_it(supervised: Supervised) -> None:
    supervised.want(portal=SLEEP)
    program = supervised.launch("with_parent")
    assert program.stdout
    pid = int(program.stdout.readline())
    portal = supervised.pid_once_running("portal")

    program.kill()

    eventually(lambda: not is_alive(portal) and not is_alive(pid))


def test_a_supervisor_that_cannot_start_says_so_to_who_detached_it(supervised: Supervised) -> None:
    supervised.wanted.write_text("{", "utf-8")
    program = supervised.launch("detach")
    _, said = program.communicate(timeout=10)

    assert program.returncode == 1
    assert "The supervisor did not start" in said
    assert supervisor.running_pid(supervised.instance) is None


def test_a_log_grown_too_long_is_kept_once(supervised: Supervised) -> None:
    supervised.instance.prepare_folders()
    log = supervised.instance.log_path("portal")
    log.write_bytes(b"x" * (LOG_BYTES + 1))
    supervised.want(portal=["sh", "-c", "echo $PROCESS is here; sleep 600"])
    supervised.launch()

    eventually(lambda: log.read_text("utf-8") == "portal is here\n")
    assert log.with_name("portal.log.1").stat().st_size == LOG_BYTES + 1
