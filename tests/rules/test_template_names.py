"""Names that templates ask of a module are in that module: no type check reads a template."""

import ast
import importlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest
from jinja2 import Environment, nodes

PROJECT = Path(__file__).parents[2]
FOLDERS = ("services", "shared")
TEMPLATE = ".html"

Given = tuple[str, str, ModuleType]
"""A template, the name under which it is given a module, and that module."""


@cache
def _templates() -> dict[str, nodes.Template]:
    environment = Environment(extensions=["jinja2.ext.i18n", "jinja2.ext.do"])
    return {
        path.as_posix().partition("/templates/")[2]: environment.parse(path.read_text("utf-8"))
        for folder in FOLDERS
        for path in (PROJECT / folder).rglob("templates/**/*.html")
    }


def _with_parts(name: str, seen: set[str] | None = None) -> set[str]:
    """Return a template with all that is rendered with what it is given."""
    seen = set() if seen is None else seen
    if name in seen or name not in _templates():
        return seen
    seen.add(name)
    for part in _templates()[name].find_all((nodes.Include, nodes.Extends)):
        for constant in (part.template, *part.template.find_all(nodes.Const)):
            if isinstance(constant, nodes.Const) and isinstance(constant.value, str):
                _with_parts(constant.value, seen)
    return seen


def _imported_modules(tree: ast.Module) -> dict[str, ModuleType]:
    """Return the modules that a file names `from package import module`."""
    found = {}
    for each in ast.walk(tree):
        if isinstance(each, ast.ImportFrom) and (each.module or "").startswith(FOLDERS):
            for name in each.names:
                dotted = f"{each.module}.{name.name}"
                if PROJECT.joinpath(*dotted.split(".")).with_suffix(".py").exists():
                    found[name.asname or name.name] = importlib.import_module(dotted)
    return found


def _modules_by_template() -> Iterator[Given]:
    for folder in FOLDERS:
        for path in (PROJECT / folder).rglob("*.py"):
            text = path.read_text("utf-8")
            if TEMPLATE in text:
                yield from _modules_given(ast.parse(text))


def _modules_given(tree: ast.Module) -> Iterator[Given]:
    """Yield what templates are given where they are rendered, or to all of a file's pages."""
    modules = _imported_modules(tree)
    calls = [each for each in ast.walk(tree) if isinstance(each, ast.Call)]
    rendered = [
        (each.args[0].value, each.keywords)
        for each in calls
        if each.args
        and isinstance(each.args[0], ast.Constant)
        and str(each.args[0].value).endswith(TEMPLATE)
    ]
    of_file = [
        (key.value, value)
        for each in ast.walk(tree)
        if isinstance(each, ast.Dict)
        for key, value in zip(each.keys, each.values, strict=True)
        if isinstance(key, ast.Constant)
    ]
    of_file += [
        (keyword.arg, keyword.value)
        for each in calls
        if isinstance(each.func, ast.Name) and each.func.id == "desk_blueprint"
        for keyword in each.keywords
    ]
    for template, keywords in rendered:
        of_call = [(keyword.arg, keyword.value) for keyword in keywords]
        for name, value in (*of_call, *of_file):
            if isinstance(value, ast.Name) and value.id in modules:
                yield str(template), str(name), modules[value.id]


GIVEN = sorted(
    {(template, name, module.__name__) for template, name, module in _modules_by_template()}
)


def test_templates_are_given_modules_and_ask_them() -> None:
    assert len(GIVEN) > 100
    assert sum(len(list(_asked(template, name))) for template, name, _ in GIVEN) > 300


@pytest.mark.parametrize("module", sorted({module for _, _, module in GIVEN}))
def test_what_templates_ask_of_a_module_is_in_it(module: str) -> None:
    given = importlib.import_module(module)

    assert {
        (part, attribute)
        for template, name, of_module in GIVEN
        if of_module == module
        for part, attribute in _asked(template, name)
        if not hasattr(given, attribute)
    } == set()


def _asked(template: str, name: str) -> Iterator[tuple[str, str]]:
    """Yield what a template and its parts ask of a name that they are given: part, attribute."""
    for part in sorted(_with_parts(template)):
        for attribute in _attributes(_templates()[part], name):
            yield part, attribute


def _attributes(node: nodes.Node, name: str) -> Iterator[str]:
    """Yield the attributes of a name; a macro's argument of that name is something else."""
    if isinstance(node, nodes.Macro) and name in [argument.name for argument in node.args]:
        return
    asked = node.node if isinstance(node, nodes.Getattr) else None
    if isinstance(node, nodes.Getattr) and isinstance(asked, nodes.Name) and asked.name == name:
        yield node.attr
    for child in node.iter_child_nodes():
        yield from _attributes(child, name)
