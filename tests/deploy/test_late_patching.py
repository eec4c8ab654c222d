"""
Code that was loaded before eventlet or gevent patched its process keeps nothing of the unpatched.
"""

import json
import subprocess
import sys
from functools import cache

import pytest

from deploy.instance.instance import PROJECT
from deploy.services import LOADED_BY_ALL, SHARED_BY_SERVICES, SHARED_BY_STREAMS

HOLDERS_OF_WHAT_WAS_REPLACED = """
import gc, json, os, sys, threading
from importlib import import_module
from types import CodeType, FrameType, FunctionType, ModuleType

from deploy.processes.forks import late_patching
from shared.runtime.code_loading import garbage_collection_held_back

loaded, cases = json.loads(sys.argv[1])


def load(paths):
    for path in paths:
        name, _, function = path.partition(":")
        module = import_module(name)
        if function:
            getattr(module, function)()


before = {module: dict(vars(module)) for module in late_patching.PATCHED}
there = set(sys.modules)
with garbage_collection_held_back():
    load(loaded)
added = sys.modules.keys() - there
for case, (patched, noted) in cases.items():
    child = os.fork()
    if not child:
        break
    _, status = os.waitpid(child, 0)
    if status:
        sys.exit(1)
if child:
    sys.exit()
if not noted:
    late_patching._places.clear()
gc.collect()
gc.freeze()
load(patched)
gc.collect()
gc.unfreeze()

replaced = {
    id(value): f"{module.__name__}.{name}"
    for module, values in before.items()
    for name, value in values.items()
    if callable(value) and not name.startswith("__") and vars(module).get(name) is not value
}
kinds = {*late_patching.LOCKS}
for values in before.values():
    kinds |= {value for value in values.values() if id(value) in replaced and type(value) is type}
ours = {id(each) for each in (replaced, kinds, vars(late_patching), late_patching._originals)}
ours |= {id(each) for each in (before, *before.values())}
passed = CodeType, FrameType, ModuleType, threading._MainThread
objects = [
    each
    for each in gc.get_objects()
    if id(each) not in ours and not issubclass(type(each), passed)
]
modules = {
    id(vars(each)): name
    for name, each in list(sys.modules.items())
    if isinstance(each, ModuleType) and name != "__mp_main__"
}


def holders_of(wanted, kinds=frozenset()):
    for start in range(0, len(objects), 100):
        batch = objects[start : start + 100]
        held = gc.get_referents(*batch)
        if wanted.keys().isdisjoint(map(id, held)) and kinds.isdisjoint(map(type, held)):
            continue
        for owner in batch:
            parts = gc.get_referents(owner)
            if type(owner) is FunctionType:  # what it is annotated with is called by nobody
                parts = owner.__defaults__, owner.__kwdefaults__, owner.__closure__, vars(owner)
            for part in parts:
                if part is not type(owner) and (id(part) in wanted or type(part) in kinds):
                    yield owner, part


def name_of(owner):
    if type(owner) is FunctionType or issubclass(type(owner), type):
        return owner.__module__, f"{owner.__module__}.{owner.__qualname__}"
    module = modules.get(id(owner))
    return module and (module, module)


found, wanted = set(), replaced
for level in range(4):
    unnamed = {}
    for owner, held in holders_of(wanted, kinds if level == 0 else frozenset()):
        what = wanted.get(id(held)) or f"a {type(held).__name__}"
        if named := name_of(owner):
            found |= {(named[1], what)} if named[0] in added else set()
        else:
            unnamed[id(owner)] = what
    wanted = unnamed
print(json.dumps([case, sorted(found)]))
"""

TURNS_AT_A_LOCK = """
import threading

from deploy.processes.forks import late_patching

late_patching.begin_noting()


class Made:
    turn = threading.Lock()


late_patching.note_references()
late_patching.patch_with_eventlet()
import eventlet

said = []


def take_a_turn(name):
    with Made.turn:
        eventlet.sleep(0.01)
        said.append(name)


turns = [eventlet.spawn(take_a_turn, name) for name in "abc"]
for turn in turns:
    turn.wait()
print("".join(said))
"""

NOT_USED_HERE = {
    "asyncio.events.BaseDefaultEventLoopPolicy._Local",
    "asyncio.events._RunningLoop",
    "gunicorn.reloader.Reloader",
    "gunicorn.reloader.ReloaderBase",
    "multiprocessing.reduction.ForkingPickler",
    "multiprocessing.util.ForkAwareLocal",
    "rich.console.ConsoleThreadLocals",
    "socketserver",
}
"""
Neither a service nor a stream runs an event loop of Python's own, one of its socket servers, its
pools of processes, prints to a terminal in colours, or reloads itself.
"""
pytestmark = pytest.mark.timeout(300)


PATCHED = {
    "services": (SHARED_BY_SERVICES[1], True),
    "streams": (SHARED_BY_STREAMS[1], True),
    "not replaced": (SHARED_BY_STREAMS[1], False),
}


@cache
def holders() -> dict[str, dict[str, set[str]]]:
    """
    Return what still holds something that was replaced, and what that is, in forks of one process.
    """
    argument = json.dumps([LOADED_BY_ALL, PATCHED])
    program = [sys.executable, "-c", HOLDERS_OF_WHAT_WAS_REPLACED, argument]
    said = subprocess.run(program, cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    found: dict[str, dict[str, set[str]]] = {}
    for case, held in map(json.loads, said.splitlines()):
        of_case = found.setdefault(case, {})
        for holder, what in held:
            of_case.setdefault(holder, set()).add(what)
    return found


@pytest.mark.parametrize("kind", ["services", "streams"])
def test_what_was_loaded_before_a_patch_keeps_nothing_of_the_unpatched(kind: str) -> None:
    assert holders()[kind].keys() <= NOT_USED_HERE


def test_who_waits_at_a_lock_made_before_the_patch_lets_others_go_on() -> None:
    program = [sys.executable, "-c", TURNS_AT_A_LOCK]
    said = subprocess.run(
        program, cwd=PROJECT, capture_output=True, text=True, check=True, timeout=120
    ).stdout

    assert said.strip() == "abc"  # and not for ever the first, which holds it


def test_without_the_replacement_much_would_be_kept() -> None:
    found = holders()["not replaced"]

    assert found["jinja2.utils"] & {"_thread.allocate_lock", "_thread.LockType"}  # by name
    assert "a lock" in found["dateutil.tz.tz.tzoffset"]  # made in a class
