"""A function of the product is read on one screen."""

import ast
from collections.abc import Iterator
from pathlib import Path

import deploy
import services
import shared

LONGEST = 49


def functions() -> Iterator[tuple[Path, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Every function of the product but the migrations, each of which is one list of tables."""
    for package in (deploy, services, shared):
        for path in sorted(Path(package.__path__[0]).rglob("*.py")):
            text = path.read_text("utf-8")
            if text.count("\n") > LONGEST and "versions" not in path.parts:
                for node in ast.walk(ast.parse(text)):
                    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                        yield path, node


def lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def test_no_function_has_more_than_49_lines() -> None:
    read = list(functions())

    assert len(read) > 1000
    assert [f"{path}: {node.name}" for path, node in read if lines(node) > LONGEST] == []
