"""
A test asks the day when it runs, not when its module is read.

Modules are read minutes before their last test begins, and midnight may lie in between: to a test,
today is one day (see conftest.py), but what its module has asked before is another one.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.instance.instance import PROJECT

ASKS = {"now", "today", "utcnow"}
"""Names that ask the clock, whoever has it: `today()`, `clock.now()`, `datetime.now(UTC)`."""
MAKES_ONE = {"__init__", "__post_init__"}
"""Methods that run as soon as one of a class is made."""

Meant = dict[str, set[str]]
"""Meaning of names: a function stands for what it calls, an imported one for its own elsewhere."""


def modules() -> dict[str, ast.Module]:
    """Return what the tests consist of, by the names under which they import each other."""
    files = sorted((PROJECT / "tests").rglob("*.py"))
    return {_name(file): ast.parse(file.read_text("utf-8")) for file in files}


def _name(file: Path) -> str:
    return ".".join(file.relative_to(PROJECT).with_suffix("").parts)


def asked_at_import(sources: dict[str, ast.Module]) -> list[str]:
    """Return where the clock is asked as soon as a module is read, itself or through a helper."""
    known = _known(sources)
    return [
        f"{module}:{call.lineno}: {ast.unparse(call.func)}()"
        for module, tree in sources.items()
        for call in _calls_of(tree)
        if _asks(_called(module, call), known, set())
    ]


def _calls_of(node: ast.AST) -> Iterator[ast.Call]:
    """Give the calls that a piece of code makes by itself: what a function does comes later."""
    if isinstance(node, ast.Call):
        yield node
    for field, value in ast.iter_fields(node):
        if field == "body" and _runs_later(node):
            continue
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, ast.AST):
                yield from _calls_of(each)


def _runs_later(node: ast.AST) -> bool:
    """Say whether a body is passed over when its module is read: a function's, a command's."""
    if isinstance(node, ast.If):
        return ast.unparse(node.test) == "__name__ == '__main__'"
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)


def _known(sources: dict[str, ast.Module]) -> Meant:
    found: Meant = {}
    for module, tree in sources.items():
        for node in tree.body:
            if isinstance(node, ast.ImportFrom):
                for name in node.names:
                    known_as = f"{module}.{name.asname or name.name}"
                    found[known_as] = {f"{node.module}.{name.name}"}
            elif isinstance(node, ast.FunctionDef | ast.ClassDef):
                done = [each for part in _doing(node) for each in ast.walk(part)]
                calls = {_called(module, each) for each in done if isinstance(each, ast.Call)}
                found[f"{module}.{node.name}"] = calls
    return found


def _doing(node: ast.FunctionDef | ast.ClassDef) -> list[ast.stmt]:
    """Return what runs when it is called: of a class, its fields and what makes one of it."""
    if isinstance(node, ast.FunctionDef):
        return node.body
    methods = (each for each in node.body if isinstance(each, ast.FunctionDef))
    waiting = [each for each in methods if each.name not in MAKES_ONE]
    return [each for each in node.body if each not in waiting]


def _called(module: str, call: ast.Call) -> str:
    return f"{module}.{_written(call.func)}"


def _written(node: ast.expr) -> str:
    """Return code as it is written: names and attributes, which most calls are, at once."""
    match node:
        case ast.Name(name):
            return name
        case ast.Attribute(owner, attribute):
            return f"{_written(owner)}.{attribute}"
        case _:
            return ast.unparse(node)


def _asks(name: str, known: Meant, seen: set[str]) -> bool:
    """Say whether a name asks the clock, or stands for something that does."""
    if name.rpartition(".")[2] in ASKS:
        return True
    seen.add(name)
    stands_for = set(known.get(name, ()))
    owner, _, attribute = name.rpartition(".")
    stands_for |= {f"{each}.{attribute}" for each in known.get(owner, ())}
    return any(_asks(each, known, seen) for each in stands_for - seen)


FACTORY = """
class Child:
    born: date = field(default_factory=lambda: today() - 8 * YEAR)

def day():
    return {"on": today()}

def tomorrow():
    return day()
"""


def test_no_module_of_the_tests_asks_the_clock_when_it_is_read() -> None:
    asked = asked_at_import(modules())

    assert asked == [], "ask in the test, in a fixture, or in a function that the test calls"


@pytest.mark.parametrize(
    "source",
    [
        "SOON = today() + timedelta(days=30)",
        "SINCE = datetime.now(UTC)",
        "class Home:\n    since: date = today()",
        "class Home:\n    def moves(self, on: date = today()) -> None: ...",
        "@pytest.mark.parametrize('day', [date(1999, 12, 31), today()])\ndef test(day): ...",
        "def moves(on: date = today()) -> None: ...",
        "def moves(*, on: date = clock.today()) -> None: ...",
        "MOVES = lambda on=today(): on",
        "def bill():\n    return {'due_on': today()}\nBILL = bill()",
        "from tests.factories.portal import day\nLUNCH = day()",
        "from tests.factories import portal as make\nLUNCH = make.day()",
        "from tests.factories import portal as make\nLUNCH = {'days': [make.tomorrow()]}",
        "from tests.factories.portal import Child\nLOU = Child()",
    ],
)
def test_asking_is_seen_wherever_it_is_done_at_import(source: str) -> None:
    sources = {"tests.factories.portal": FACTORY, "tests.test_home": source}

    [where] = asked_at_import({name: ast.parse(text) for name, text in sources.items()})

    assert where.startswith("tests.test_home:")


@pytest.mark.parametrize(
    "source",
    [
        "def soon():\n    return today() + timedelta(days=30)",
        "@pytest.fixture\ndef bill():\n    return {'due_on': today()}",
        "class Home:\n    def moves(self):\n        return today()\nHOME = Home()",
        "LATER = [lambda: today()]",
        "FIRST = date(2026, 9, 1)",
        "def day():\n    return day()\nLUNCH = day()",
        "def main():\n    print(today())\nif __name__ == '__main__':\n    main()",
    ],
)
def test_what_waits_for_the_test_may_ask(source: str) -> None:
    assert asked_at_import({"tests.test_home": ast.parse(source)}) == []
