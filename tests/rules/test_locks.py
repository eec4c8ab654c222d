"""What is decided of rows is read once nobody else changes them: where code may forget it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import services

SERVICES = Path(services.__path__[0])
LOCKS_CHILDREN = "lock_children"


def functions() -> Iterator[tuple[Path, ast.FunctionDef]]:
    for path in sorted(SERVICES.rglob("*.py")):
        text = path.read_text("utf-8")
        if LOCKS_CHILDREN in text or "with_for_update" in text:
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.FunctionDef):
                    yield path.relative_to(SERVICES), node


def calls_of(node: ast.AST, name: str) -> Iterator[ast.Call]:
    for each in ast.walk(node):
        if isinstance(each, ast.Call) and name in (
            getattr(each.func, "id", ""),
            getattr(each.func, "attr", ""),
        ):
            yield each


def is_read(node: ast.AST) -> bool:
    """Return whether an argument is found by a reading: a call that is given the transaction."""
    return any(
        isinstance(each, ast.Call)
        and any(isinstance(given, ast.Name) and given.id == "write" for given in each.args)
        for each in ast.walk(node)
    )


def test_children_of_a_home_are_locked_by_what_reads_them_again() -> None:
    """Who reads, locks and goes on lacks the child that came while the lock was waited for."""
    wrong = [
        f"{path}: {function.name}"
        for path, function in functions()
        for call in calls_of(function, LOCKS_CHILDREN)
        if not function.name.lstrip("_").startswith("lock_")
        and any(is_read(given) for given in call.args[1:])
    ]

    assert wrong == []


def test_no_lock_says_that_it_reads_anew() -> None:
    """Each does (shared/database/store.py): where one said so the others would seem not to."""
    wrong = [
        f"{path}: {function.name}"
        for path, function in functions()
        if list(calls_of(function, "with_for_update"))
        for each in ast.walk(function)
        if isinstance(each, ast.keyword) and each.arg == "populate_existing"
    ]

    assert sorted(set(wrong)) == ["billing/debits/queries/mandates.py: usable_mandates"], (
        "which is read without a lock, too"
    )
