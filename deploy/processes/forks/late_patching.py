"""
Patching by eventlet or gevent of a process that was forked with its code loaded (decision 0163).

Both replace functions and classes of the standard library within its modules. What was loaded
before keeps what it took from there by name, and the locks that it made: `note_references` finds
these once, where the code is loaded; after the fork the patch puts in their place what code finds
that is loaded after it. `tests/deploy/test_late_patching.py` looks whether any is left.
"""

import gc
import os
import queue
import select
import selectors
import signal
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from importlib import import_module
from types import CellType, ModuleType
from typing import Any

PATCHED: tuple[ModuleType, ...] = (
    *(os, queue, select, selectors, signal, socket, ssl, subprocess, threading, time),
    import_module("_thread"),
)
LOCKS = {
    type(threading.Lock()): "Lock",
    type(threading.RLock()): "RLock",
    threading.local: "local",
}
"""Types of what a module may have made as it was loaded, with the name by which one is made."""

BATCH = 100

_originals: dict[int, list[tuple[ModuleType, str]]] = {}
_there_before: set[int] = set()
_places: list[tuple[Any, Any]] = []
"""Each object that holds what may be replaced, and where in it."""
_conditions: list[threading.Condition] = []


def begin_noting() -> None:
    """
    Note what patches may replace; what is loaded from now on is what `note_references` looks at.
    """
    for module in PATCHED:
        for name, value in vars(module).items():
            if callable(value) and not name.startswith("__"):
                _originals.setdefault(id(value), []).append((module, name))
    _there_before.update(map(id, gc.get_objects()))


def note_references() -> None:
    """
    Note all places in loaded code that hold what patches may replace, or a lock.
    """
    objects = [each for each in gc.get_objects() if id(each) not in _there_before]
    _there_before.clear()
    classes = {
        id(held): each
        for each in objects
        if issubclass(type(each), type)
        for held in _dicts_in(each)
    }
    for start in range(0, len(objects), BATCH):
        batch = objects[start : start + BATCH]
        held = gc.get_referents(*batch)
        if _originals.keys().isdisjoint(map(id, held)) and LOCKS.keys().isdisjoint(map(type, held)):
            continue
        for owner in batch:
            _places.extend(_places_in(classes.get(id(owner), owner)))
    _conditions.extend(each for each in objects if type(each) is threading.Condition)


def patch_with_eventlet() -> None:
    """
    Have eventlet patch this process, and what was loaded into it.

    Its own search for locks, in all that can be reached from the list of modules, is left out where
    they are noted: it would write to most of what is shared.
    """
    patcher: Any = import_module("eventlet.patcher")
    search = patcher._green_existing_locks
    if _places:
        patcher._green_existing_locks = lambda _: None
    try:
        patcher.monkey_patch()
    finally:
        patcher._green_existing_locks = search
    vars(threading)["_active_limbo_lock"] = threading.RLock()  # the one that is not noted
    _replace_references()


def patch_with_gevent() -> None:
    """
    Have gevent patch this process, and what was loaded into it.
    """
    import_module("gevent.monkey").patch_all()
    _replace_references()


def _dicts_in(owner: object) -> Iterable[object]:
    return (held for held in gc.get_referents(owner) if type(held) is dict)


def _places_in(owner: Any) -> Iterator[tuple[Any, Any]]:
    for holder, key, value in _contents_of(owner):
        if id(value) in _originals or type(value) in LOCKS:
            yield holder, key


def _contents_of(owner: Any) -> Iterator[tuple[Any, Any, object]]:
    """
    Yield what an object holds, each with the object and key by which it can be replaced.
    """
    kind = type(owner)
    if issubclass(kind, CellType):
        if gc.get_referents(owner):
            yield owner, "cell_contents", owner.cell_contents
    elif issubclass(kind, dict):
        yield from ((owner, *item) for item in list(dict.items(owner)))
    elif issubclass(kind, list):
        yield from ((owner, *item) for item in enumerate(list.__iter__(owner)))
    elif issubclass(kind, type):
        yield from ((owner, *item) for item in list(vars(owner).items()))
    else:
        for name in _slots_of(kind):
            with suppress(AttributeError):
                yield owner, name, object.__getattribute__(owner, name)
        with suppress(AttributeError):
            attributes = object.__getattribute__(owner, "__dict__")
            yield from ((attributes, *item) for item in list(attributes.items()))


def _slots_of(kind: type) -> set[str]:
    named = [vars(each).get("__slots__", ()) for each in kind.__mro__]
    return {name for slots in named for name in ([slots] if isinstance(slots, str) else slots)}


def _replace_references() -> None:
    """
    Replace what was noted by what has taken its place.
    """
    made: dict[int, tuple[object, object]] = {}
    for owner, key in _places:
        in_items = issubclass(type(owner), dict | list)
        by_key = owner if in_items else vars(owner) if issubclass(type(owner), type) else None
        value = object.__getattribute__(owner, key) if by_key is None else by_key[key]
        replacement = _replacement_of(value, made)
        if replacement is value:
            continue
        if in_items:
            owner[key] = replacement
        else:
            setattr(owner, key, replacement)
    for condition in _conditions:
        threading.Condition.__init__(condition, vars(condition)["_lock"])


def _replacement_of(value: object, made: dict[int, tuple[object, object]]) -> object:
    """
    Return what has taken the place of a function, a class or a lock; itself where nothing has.
    """
    if maker := LOCKS.get(type(value)):
        if id(value) not in made:
            made[id(value)] = value, getattr(threading, maker)()
        return made[id(value)][1]
    for module, name in _originals.get(id(value), ()):
        now = vars(module).get(name, value)
        if now is not value:
            return now
    return value
