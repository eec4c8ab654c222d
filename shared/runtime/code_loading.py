"""
Import of code without the garbage collector, and in memory that forks go on sharing.

A fork copies each page (4 kB) that it writes to. Who only looks at an object writes: Python counts
its references in itself. And what loading freed is scattered over thousands of pages full of code:
a fork that puts its own data there copies them all.
"""

import ctypes
import gc
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from types import CodeType

HOLES_OF_MALLOC = (65536, 32768, 16384, 8192, 4096, 2048, *range(1024, 8, -16))
HOLES_OF_PYTHON = range(16, 513, 16)
POOL_BYTES, POOL_HEADER_BYTES = 16384, 48
MOST_BLOCKS = 100_000
"""
The most blocks of one size: with another allocator than these, no hole may ever be the last one.
"""

UNCOUNTED = 2**32 - 1
"""
This count says that references to the object are not counted (PEP 683): all bits of its four bytes
are set. Python 3.14 has another one, and beside it a sign of its own in the object: it would
count such an object down, and a library that was built for an interpreter of before over its end.
"""
BATCH = 1_000


@contextmanager
def garbage_collection_held_back() -> Iterator[None]:
    """
    Hold the collector back while code is imported, then collect once and leave out what was loaded.

    To import a service or its pages takes a fifth less.
    """
    with _collected_once(lambda: None):
        yield


@contextmanager
def code_loaded_for_forks() -> Iterator[None]:
    """
    Import code that forks of this process go on sharing, whatever they do with it.
    """
    with _collected_once(lambda: stop_counting_references(gc.get_objects())):
        yield
    fill_holes_in_memory()


@contextmanager
def _collected_once(before_left_out: Callable[[], None]) -> Iterator[None]:
    """
    Hold the collector back, collect once, and leave out what is there, to which something is done.

    To collect all of a town's code takes half a second.
    """
    gc.disable()
    try:
        yield
        gc.collect()
        before_left_out()
    finally:
        gc.freeze()
        gc.enable()


def stop_counting_references(objects: Sequence[object]) -> None:
    """
    Let the interpreter count no references to objects, nor to what they hold; they never end.

    A fork copies the page of each object that it looks at, where references are counted. Nothing is
    done where the interpreter has not this very mark: 3.11 counts all, 3.14 has another.
    """
    if not _has_uncounted_objects():
        return
    _set_counts(objects)
    for start in range(0, len(objects), BATCH):
        held = _counted_in(objects[start : start + BATCH])
        while held:
            _set_counts(held)
            held = _counted_in(held)


def _has_uncounted_objects() -> bool:
    """
    Return whether there are such objects, and their counts stand where they are set.
    """
    stands_there = ctypes.c_uint32.from_address(id(Ellipsis)).value == UNCOUNTED
    return stands_there and sys.getrefcount(Ellipsis) == UNCOUNTED


def _set_counts(objects: Iterable[object]) -> None:
    for each in objects:
        ctypes.c_uint32.from_address(id(each)).value = UNCOUNTED


def _counted_in(objects: Sequence[object]) -> list[object]:
    """
    Return what objects hold whose references are still counted.
    """
    of_code = [part for each in objects if type(each) is CodeType for part in _parts_of(each)]
    held = [*gc.get_referents(*objects), *of_code]
    return [each for each in held if sys.getrefcount(each) < UNCOUNTED]


def _parts_of(code: CodeType) -> tuple[object, ...]:
    """
    Return what code holds; the collector does not know it.
    """
    return code.co_consts, code.co_names, code.co_name, code.co_qualname, code.co_filename


def fill_holes_in_memory() -> None:
    """
    Take every free place between what is loaded, before forks; they then write to pages of theirs.

    Of what services load, 2.4 MB in 20,000 places, which stand on 24 MB of pages.
    """
    process = ctypes.PyDLL(None)
    _fill_holes_of_malloc(process)
    _fill_holes_of_python(process)


def _fill_holes_of_malloc(process: ctypes.PyDLL) -> None:
    """Take places of each size, large ones first, until one lies behind all that was taken."""
    malloc, sbrk = process.malloc, process.sbrk
    malloc.restype = sbrk.restype = ctypes.c_void_p
    malloc.argtypes, sbrk.argtypes = [ctypes.c_size_t], [ctypes.c_ssize_t]
    end = sbrk(0)
    for size in HOLES_OF_MALLOC:
        for _ in range(MOST_BLOCKS):
            place = malloc(size)
            if place is None or place + size > end:
                break


def _fill_holes_of_python(process: ctypes.PyDLL) -> None:
    """Take places of each size of small objects, until nearly a whole pool of them was free."""
    malloc = process.PyObject_Malloc
    malloc.restype, malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
    for size in HOLES_OF_PYTHON:
        as_good_as_all = (POOL_BYTES - POOL_HEADER_BYTES) // size * 3 // 4
        pool, in_a_row = 0, 0
        for _ in range(MOST_BLOCKS):
            last, pool = pool, malloc(size) // POOL_BYTES
            in_a_row = in_a_row + 1 if pool == last else 1
            if in_a_row == as_good_as_all:
                break
