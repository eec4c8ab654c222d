"""
Processes that share what they have loaded: as separate as others, and started at once.
"""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from deploy.instance.instance import PROJECT
from deploy.processes import supervisor
from deploy.processes.forks.prefork import Prefork
from deploy.processes.forks.subreaper import adopt_orphans, leave_orphans
from deploy.processes.process import Layers, Process
from tests.deploy.supervised import Supervised, eventually, is_alive

MODULE = "kept_waiting"
CODE = """
import json, os, sys, time

if __name__ == "__main__":
    own = {k: os.environ[k] for k in ("PROCESS", "SECRET") if k in os.environ}
    told = {"argv": sys.argv[1:], "own": own, "shared": sys.modules.get("kept_waiting") is not None}
    print(json.dumps(told), flush=True)
    time.sleep(600)
"""
SAYING = """
import json, sys, time

shared = "kept_rule" in sys.modules
import kept_rule

print(json.dumps({"rule": kept_rule.SAID, "shared": shared}), flush=True)
time.sleep(600)
"""
COUNTING = """
import json, sys, time

import kept_rule

counts = [sys.getrefcount(each) for each in (kept_rule.apply, kept_rule.apply.__code__, object())]
print(json.dumps([count < 2**30 for count in counts]), flush=True)
time.sleep(600)
"""
ENDING = """
import atexit, os, sys

class Loaded:
    def __del__(self, write=os.write):
        write(1, b"unloaded,")

loaded = Loaded()

if __name__ == "__main__":
    atexit.register(lambda: print("last words,", end=""))
    print("said,", end="")
    sys.exit(*map(eval, sys.argv[1:]))
"""
FORKS_BEFORE_AND_AFTER_HOLES_ARE_FILLED = """
import os

from shared.runtime.code_loading import fill_holes_in_memory

small, large = [[bytes(size) for _ in range(40_000)] for size in (60, 600)]
del small[::40], large[::6]  # a hole of each size in almost every page


def kilobytes_of_its_own():
    with open("/proc/self/smaps_rollup") as file:
        return sum(int(line.split()[1]) for line in file if line.startswith("Private_Dirty"))


def print_what_a_fork_copies():
    if not os.fork():
        before = kilobytes_of_its_own()
        written = [bytes(size) for _ in range(900) for size in (60, 600)]
        print(kilobytes_of_its_own() - before, flush=True)
        os._exit(0)
    os.wait()


print_what_a_fork_copies()
fill_holes_in_memory()
print_what_a_fork_copies()
"""
"""Program whose forks each write nine hundred times some 700 bytes of their own, 0.6 MB."""
FORKS_THAT_LOOK_AT_WHAT_IS_LOADED = """
import gc, os

from shared.runtime.code_loading import stop_counting_references


class Loaded:
    def __init__(self, number):
        self.held = "held by %d" % number, {number: ["in a list"]}


function = compile("lambda: ('constant', 1.5, b'bytes')", "of no file", "eval")
all_loaded = [Loaded(number) for number in range(20_000)]
codes = [function.replace(co_name="code_%d" % number) for number in range(5_000)]


def kilobytes_of_its_own():
    with open("/proc/self/smaps_rollup") as file:
        return sum(int(line.split()[1]) for line in file if line.startswith("Private_Dirty"))


def print_what_a_fork_copies():
    if not os.fork():
        looked_at = [None] * (6 * len(all_loaded) + len(codes))
        before, place = kilobytes_of_its_own(), 0
        for each in all_loaded:
            (text, numbered), (number, listed) = each.held, *each.held[1].items()
            looked_at[place : place + 5] = each, text, numbered, number, listed
            place += 5
        looked_at[place : place + len(codes)] = codes
        print(kilobytes_of_its_own() - before, flush=True)
        os._exit(0)
    os.wait()


print_what_a_fork_copies()
stop_counting_references(gc.get_objects())
print_what_a_fork_copies()
"""
WHAT_GOES_ON_BEING_COUNTED = """
import gc, sys, weakref

from shared.runtime.code_loading import stop_counting_references


class Loaded:
    pass


loaded, ended = Loaded(), []
weakref.finalize(loaded, ended.append, "ended")
before = sys.getrefcount(loaded)
stop_counting_references(gc.get_objects())
more = [loaded]
counted = sys.getrefcount(loaded) - before
more.clear()
del loaded
print(counted, ended)
"""
WHAT_STAYS_AS_IT_WAS = """
import gc, sys, weakref

from shared.runtime.code_loading import stop_counting_references


class Loaded:
    pass


kept, emptied, ended = Loaded(), [Loaded()], []
kept.by_name = {"a": [1]}
stop_counting_references(gc.get_objects())
later = Loaded()
weakref.finalize(later, ended.append, "later")
weakref.finalize(emptied.pop(), ended.append, "before")
kept.by_name["b"] = later
del later, kept.by_name["b"]
gc.collect()
print(sys.getrefcount(kept.by_name) > 2**30, kept.by_name, ended)
"""
pytestmark = pytest.mark.timeout(120)
HAS_KNOWN_MARK = sys.version_info[:2] in {(3, 12), (3, 13)}
where_references_may_be_left_uncounted = pytest.mark.skipif(
    not HAS_KNOWN_MARK, reason="Python counts references to all objects, or marks others otherwise"
)
where_they_may_not = pytest.mark.skipif(HAS_KNOWN_MARK, reason="its mark is the one that is set")


@pytest.fixture
def preloaded(
    supervised: Supervised, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Supervised:
    """
    A supervisor that finds a module which waits.
    """
    (tmp_path / f"{MODULE}.py").write_text(CODE, "utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return supervised


def waiting(*args: str) -> list[str]:
    return [sys.executable, "-m", MODULE, *args]


def said_by(preloaded: Supervised, name: str) -> dict[str, Any]:
    """
    Return the last line printed by the process of that name.
    """
    lines = eventually(lambda: preloaded.instance.log_path(name).read_text("utf-8").splitlines())
    said: dict[str, Any] = json.loads(lines[-1])
    return said


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text("ascii").rsplit(")", 1)[1].split()[1])


def preforks(preloaded: Supervised) -> list[int]:
    """
    The children of the supervisor that it did not name.
    """
    pid = supervisor.running_pid(preloaded.instance)
    written = supervisor.supervisor_state(preloaded.instance) or {"processes": {}}
    named = {row["pid"] for row in written["processes"].values()}
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
    return [int(child) for child in children if int(child) not in named]


def holds(pid: int, text: str) -> bool:
    """
    Return whether a text is anywhere in the writable memory of a process.
    """
    wanted = text.encode()
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text("utf-8").splitlines():
            bounds, rights = line.split()[:2]
            if rights.startswith("rw"):
                start, end = (int(bound, 16) for bound in bounds.split("-"))
                memory.seek(start)
                if wanted in memory.read(end - start):
                    return True
    return False


def end_and_await(preloaded: Supervised, name: str, pid: int) -> int:
    """
    Kill a process; return the pid of the next one once it has said something.
    """
    log = preloaded.instance.log_path(name)
    said = log.read_text("utf-8")
    os.kill(pid, signal.SIGKILL)
    begun = preloaded.pid_once_running(name, but=pid)
    eventually(lambda: log.read_text("utf-8") != said)
    return begun


def test_each_has_its_own_words_environment_log_and_session(preloaded: Supervised) -> None:
    preloaded.want_shared([MODULE], desk=waiting("a", "b"), portal=waiting())
    program = preloaded.launch()
    desk, portal = map(preloaded.pid_once_running, ("desk", "portal"))

    assert said_by(preloaded, "desk") == {
        "argv": ["a", "b"],
        "own": {"PROCESS": "desk"},
        "shared": True,
    }
    assert said_by(preloaded, "portal")["own"] == {"PROCESS": "portal"}
    assert [os.getpgid(pid) for pid in (desk, portal)] == [desk, portal]
    assert [parent_of(pid) for pid in (desk, portal)] == [program.pid] * 2
    assert len(preforks(preloaded)) == 1


@pytest.mark.parametrize(
    "shared", [((MODULE,),), (("decimal",), (MODULE,))], ids=["one_layer", "two_layers"]
)
def test_what_one_is_told_is_in_no_other_memory(preloaded: Supervised, shared: Layers) -> None:
    first = ("desk", "portal")
    secrets = {name: os.urandom(24).hex() for name in first}
    preloaded.want_all(
        Process(name, waiting(), {"PROCESS": name, "SECRET": secrets[name]}, shared)
        for name in first
    )
    preloaded.launch()
    pids = {name: preloaded.pid_once_running(name) for name in first}
    os.kill(pids["desk"], signal.SIGKILL)  # begun again, after others were told theirs
    pids["desk"] = preloaded.pid_once_running("desk", but=pids["desk"])
    for name in first:
        assert said_by(preloaded, name)["own"]["SECRET"] == secrets[name]

    assert all(holds(pids[name], secrets[name]) for name in first)
    assert not holds(pids["desk"], secrets["portal"])
    assert not holds(pids["portal"], secrets["desk"])
    assert len(preforks(preloaded)) == len(shared)
    for prefork in preforks(preloaded):
        assert not any(holds(prefork, secret) for secret in secrets.values())


def test_nothing_survives_a_stop_nor_a_killed_supervisor(preloaded: Supervised) -> None:
    preloaded.want_shared([MODULE], desk=waiting(), portal=waiting())
    program = preloaded.launch()
    pids = {preloaded.pid_once_running(name) for name in ("desk", "portal")} | {
        *preforks(preloaded)
    }
    assert len(pids) == 3
    program.kill()
    program.communicate()
    eventually(lambda: not any(map(is_alive, pids)))

    preloaded.launch()
    pids = {preloaded.pid_once_running(name) for name in ("desk", "portal")} | {
        *preforks(preloaded)
    }
    supervisor.stop_supervisor(preloaded.instance)
    assert not any(map(is_alive, pids))


def test_processes_outlive_their_prefork_and_one_more_gets_another(preloaded: Supervised) -> None:
    preloaded.want_shared([MODULE], desk=waiting(), portal=waiting())
    preloaded.launch()
    desk, portal = map(preloaded.pid_once_running, ("desk", "portal"))
    (prefork,) = preforks(preloaded)

    os.kill(prefork, signal.SIGKILL)
    os.kill(portal, signal.SIGKILL)
    preloaded.pid_once_running("portal", but=portal)
    assert is_alive(desk)

    portal = preloaded.row("portal")["pid"]
    os.kill(portal, signal.SIGKILL)
    preloaded.pid_once_running("portal", but=portal)
    assert prefork not in preforks(preloaded)
    assert len(preforks(preloaded)) == 1


def test_a_layer_is_forked_from_the_one_below_and_outlives_it(preloaded: Supervised) -> None:
    below, above = ("decimal",), (MODULE,)
    preloaded.want_all(
        Process(name, waiting(), {"PROCESS": name}, layers)
        for name, layers in {"desk": (below,), "portal": (below, above)}.items()
    )
    program = preloaded.launch()
    desk, portal = map(preloaded.pid_once_running, ("desk", "portal"))
    titles = {Path(f"/proc/{pid}/cmdline").read_text("utf-8"): pid for pid in preforks(preloaded)}
    pid_below, pid_above = (
        next(pid for title, pid in titles.items() if f"prefork of {modules[0]}" in title)
        for modules in (below, above)
    )
    assert [said_by(preloaded, name)["shared"] for name in ("desk", "portal")] == [False, True]
    assert {parent_of(pid) for pid in (pid_below, pid_above, desk, portal)} == {program.pid}

    os.kill(pid_below, signal.SIGKILL)
    again = end_and_await(preloaded, "portal", portal)
    assert said_by(preloaded, "portal")["shared"]
    assert pid_above in preforks(preloaded)

    os.kill(pid_above, signal.SIGKILL)
    for _ in range(3):  # by itself, once for each that is found to be gone
        again = end_and_await(preloaded, "portal", again)
    assert said_by(preloaded, "portal")["shared"]
    assert len(preforks(preloaded)) == 2
    assert not {pid_below, pid_above} & {*preforks(preloaded)}
    assert is_alive(desk)


def test_a_prefork_outlives_a_hangup_and_forks_what_changed_since(
    preloaded: Supervised, tmp_path: Path
) -> None:
    """
    `preau apply` ends with a hangup: what dies after it is back as soon as before.
    """
    rule = tmp_path / "kept_rule.py"
    rule.write_text("SAID = 'former'", "utf-8")
    (tmp_path / "saying.py").write_text(SAYING, "utf-8")
    saying = [sys.executable, "-m", "saying"]
    preloaded.want_shared(["kept_rule"], desk=saying)
    preloaded.launch()
    desk = preloaded.pid_once_running("desk")
    (prefork,) = preforks(preloaded)

    rule.write_text("SAID = 'changed'", "utf-8")
    preloaded.want_shared(["kept_rule"], desk=saying, portal=saying)
    supervisor.reload_wanted_processes(preloaded.instance)

    preloaded.pid_once_running("portal")
    eventually(lambda: said_by(preloaded, "portal") == {"rule": "changed", "shared": True})
    assert preforks(preloaded) == [prefork]
    assert preloaded.pid_once_running("desk") == desk


def test_a_layer_whose_code_changed_in_the_one_below_forks_what_is_there(
    preloaded: Supervised, tmp_path: Path
) -> None:
    rule = tmp_path / "kept_rule.py"
    rule.write_text("SAID = 'former'", "utf-8")
    (tmp_path / "saying.py").write_text(SAYING, "utf-8")
    saying, layers = [sys.executable, "-m", "saying"], (("kept_rule",), ("decimal",))
    preloaded.want_all([Process("desk", saying, {"PROCESS": "desk"}, layers)])
    preloaded.launch()
    desk = preloaded.pid_once_running("desk")
    eventually(lambda: said_by(preloaded, "desk") == {"rule": "former", "shared": True})
    before = preforks(preloaded)

    rule.write_text("SAID = 'changed'", "utf-8")
    end_and_await(preloaded, "desk", desk)

    assert said_by(preloaded, "desk")["rule"] == "changed"
    assert preforks(preloaded) == before


def test_a_process_that_is_restarted_runs_the_code_that_is_there(
    preloaded: Supervised, tmp_path: Path
) -> None:
    rule = tmp_path / "kept_rule.py"
    rule.write_text("SAID = 'former'", "utf-8")
    (tmp_path / "saying.py").write_text(SAYING, "utf-8")
    saying = [sys.executable, "-m", "saying"]
    preloaded.want_shared(["kept_rule"], desk=saying, portal=saying)
    preloaded.launch()
    portal = [preloaded.pid_once_running(name) for name in ("desk", "portal")][1]
    assert [said_by(preloaded, name)["rule"] for name in ("desk", "portal")] == ["former"] * 2
    (prefork,) = preforks(preloaded)

    rule.write_text("SAID = 'changed'", "utf-8")
    supervisor.restart_process(preloaded.instance, "desk")
    eventually(lambda: said_by(preloaded, "desk") == {"rule": "changed", "shared": True})
    assert preloaded.row("portal")["pid"] == portal  # goes on, with what it had
    assert preforks(preloaded) == [prefork]

    rule.write_text("SAID = broken", "utf-8")
    os.kill(portal, signal.SIGKILL)
    log = preloaded.instance.log_path("portal")
    eventually(lambda: "NameError" in log.read_text("utf-8"))
    rule.write_text("SAID = 'mended'", "utf-8")
    eventually(lambda: '"mended"' in log.read_text("utf-8"), within=30)


def test_code_that_was_saved_while_it_was_loaded_is_loaded_again(
    preloaded: Supervised, tmp_path: Path
) -> None:
    rule, is_loading, go_on = (tmp_path / name for name in ("kept_rule.py", "loading", "go_on"))
    rule.write_text(
        f"import os, time\nSAID = 'former'\nopen({str(is_loading)!r}, 'w').close()\n"
        f"while not os.path.exists({str(go_on)!r}): time.sleep(0.02)",
        "utf-8",
    )
    (tmp_path / "saying.py").write_text(SAYING, "utf-8")
    preloaded.want_shared(["kept_rule"], desk=[sys.executable, "-m", "saying"])
    preloaded.launch()
    eventually(is_loading.exists)

    rule.write_text("SAID = 'changed'", "utf-8")
    go_on.touch()

    preloaded.pid_once_running("desk")
    assert said_by(preloaded, "desk") == {"rule": "changed", "shared": True}


def test_where_modules_cannot_be_loaded_processes_start_by_themselves(
    preloaded: Supervised,
) -> None:
    preloaded.want_shared(["no_such_module"], desk=waiting("alone"), portal=waiting())
    program = preloaded.launch()

    preloaded.pid_once_running("desk")
    preloaded.pid_once_running("portal")
    said = said_by(preloaded, "desk")
    assert (said["argv"], said["own"]) == (["alone"], {"PROCESS": "desk"})
    assert not said["shared"]
    assert not preforks(preloaded)
    supervisor.stop_supervisor(preloaded.instance)
    _, said_of_all = program.communicate()
    assert "desk starts by itself: the prefork process started none" in said_of_all
    assert "portal starts by itself: its modules cannot be preloaded" in said_of_all
    assert said_of_all.count("ModuleNotFoundError") == 1  # and is not asked again


def test_modules_that_could_not_be_loaded_are_tried_again_after_a_hangup(
    preloaded: Supervised, tmp_path: Path
) -> None:
    preloaded.want_shared(["comes_later"], desk=waiting())
    preloaded.launch()
    desk = preloaded.pid_once_running("desk")
    assert not preforks(preloaded)

    (tmp_path / "comes_later.py").write_text("", "utf-8")
    supervisor.reload_wanted_processes(preloaded.instance)
    preloaded.want_shared(["comes_later"], desk=waiting(), portal=waiting())
    supervisor.reload_wanted_processes(preloaded.instance)

    preloaded.pid_once_running("portal")
    assert len(preforks(preloaded)) == 1
    assert preloaded.pid_once_running("desk") == desk


def test_what_no_process_is_forked_from_any_more_ends_with_a_hangup(preloaded: Supervised) -> None:
    """
    A version of other modules would leave the former ones in memory until the town is stopped.
    """
    preloaded.want_shared(["decimal"], desk=waiting())
    preloaded.launch()
    desk = preloaded.pid_once_running("desk")
    (former,) = preforks(preloaded)

    preloaded.want_shared([MODULE], desk=waiting())
    supervisor.reload_wanted_processes(preloaded.instance)

    preloaded.pid_once_running("desk", but=desk)
    eventually(lambda: not is_alive(former))
    assert len(preforks(preloaded)) == 1


def test_what_a_process_leaves_behind_is_not_left_as_a_dead_one(preloaded: Supervised) -> None:
    preloaded.want(desk=["sh", "-c", "(setsid sleep 0.3 &) ; exec sleep 600"])
    program = preloaded.launch()
    preloaded.pid_once_running("desk")

    eventually(lambda: preforks(preloaded))  # nothing is shared here: what is left is adopted
    eventually(lambda: not preforks(preloaded))
    assert program.poll() is None


def test_a_fork_writes_beside_what_was_loaded_and_not_into_holes_of_it() -> None:
    program = [sys.executable, "-c", FORKS_BEFORE_AND_AFTER_HOLES_ARE_FILLED]
    said = subprocess.run(program, cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    with_holes, without = map(int, said.split())

    assert without < 1_500  # kB
    assert with_holes > 4 * without


@where_references_may_be_left_uncounted
@pytest.mark.parametrize(
    "shared", [(("kept_rule",),), (("decimal",), ("kept_rule",))], ids=["one_layer", "two_layers"]
)
def test_references_are_counted_to_what_is_made_after_the_fork_alone(
    preloaded: Supervised, tmp_path: Path, shared: Layers
) -> None:
    (tmp_path / "kept_rule.py").write_text("def apply(): pass", "utf-8")
    (tmp_path / "counting.py").write_text(COUNTING, "utf-8")
    counting = [sys.executable, "-m", "counting"]
    preloaded.want_all([Process("desk", counting, {"PROCESS": "desk"}, shared)])
    preloaded.launch()
    preloaded.pid_once_running("desk")
    log = preloaded.instance.log_path("desk")

    assert json.loads(eventually(lambda: log.read_text("utf-8"))) == [False, False, True]


@where_references_may_be_left_uncounted
def test_a_fork_that_only_looks_at_what_was_loaded_copies_nothing() -> None:
    program = [sys.executable, "-c", FORKS_THAT_LOOK_AT_WHAT_IS_LOADED]
    said = subprocess.run(program, cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    counted, uncounted = map(int, said.split())

    assert counted > 5_000  # kB
    assert uncounted < 1_500


@where_they_may_not
def test_an_interpreter_with_another_mark_or_none_goes_on_counting() -> None:
    program = [sys.executable, "-c", WHAT_GOES_ON_BEING_COUNTED]
    said = subprocess.run(program, cwd=PROJECT, capture_output=True, text=True, check=True).stdout

    assert said.strip() == "1 ['ended']"


@where_references_may_be_left_uncounted
def test_what_is_made_later_ends_as_ever_whoever_held_it() -> None:
    program = [sys.executable, "-c", WHAT_STAYS_AS_IT_WAS]
    said = subprocess.run(program, cwd=PROJECT, capture_output=True, text=True, check=True).stdout

    assert said.strip() == "True {'a': [1]} ['later']"


@pytest.mark.parametrize(
    ("said", "code"), [("0", 0), ("3", 3), ("None", 0), ("'why'", 1)], ids=["0", "3", "none", "why"]
)
@pytest.mark.parametrize("is_layered", [False, True], ids=["one", "of-another"])
def test_a_fork_ends_with_its_words_and_its_code_and_unloads_nothing(
    preloaded: Supervised, tmp_path: Path, said: str, code: int, *, is_layered: bool
) -> None:
    (tmp_path / f"{MODULE}.py").write_text(ENDING, "utf-8")
    log = tmp_path / "log"
    adopt_orphans()
    beneath = Prefork(["logging"]) if is_layered else None
    prefork = Prefork([MODULE], beneath)
    try:
        with open(log, "wb") as file:
            forked = prefork.start_forked_process("x", [MODULE, said], os.environ, file.fileno())
        assert forked.wait() == code
    finally:
        leave_orphans()
        prefork.kill_prefork()
        if beneath is not None:
            beneath.kill_prefork()

    written = log.read_text("utf-8")
    assert written.replace("why\n", "") == "said,last words,"
