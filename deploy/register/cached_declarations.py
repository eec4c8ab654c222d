"""
Declarations of all services, cached beside the compiled code until the code changes.

To import every service takes most of a second; a command that only compiles the register is quicker
than that. Kept is what was declared by exactly these files, byte for byte.
"""

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict
from functools import cache
from hashlib import sha256
from pathlib import Path

from deploy.instance.instance import PROJECT, replace_file
from deploy.services import declarations_in_code
from shared.json_values import JsonObject
from shared.register.declarations import Answers, Subscribes

KEPT = PROJECT / "deploy" / "__pycache__" / "declarations.json"
CODE = (PROJECT / "services", PROJECT / "shared", PROJECT / "deploy")
KINDS: dict[str, type[Answers | Subscribes]] = {"answers": Answers, "subscribes": Subscribes}


def cached_declarations(kept: Path = KEPT) -> list[Answers | Subscribes]:
    """Return every declaration, in one order; where nothing can be kept the code is asked."""
    code = _digest_of_own_code()
    with suppress(OSError, ValueError, TypeError, KeyError):
        found = json.loads(kept.read_text("utf-8"))
        if found["code"] == code:
            return [_declaration_of_row(row) for row in found["declarations"]]
    declared = declarations_in_code()
    with suppress(OSError):  # a host's unit may not write beside the code
        kept.parent.mkdir(exist_ok=True)
        rows = [{"kind": type(one).__name__.lower(), **asdict(one)} for one in declared]
        replace_file(kept, json.dumps({"code": code, "declarations": rows}), mode=0o644)
    return declared


@cache
def _digest_of_own_code() -> str:
    """Return what the code was when it was first asked for: a process runs what it has loaded."""
    return digest_of_code(CODE)


def digest_of_code(folders: Iterable[Path]) -> str:
    """Return what the Python files of some folders are, whatever their times say."""
    seen = sha256()
    for folder in folders:
        above = len(f"{folder.parent}/")
        for path in sorted(_python_files(folder)):
            with open(path, "rb", buffering=0) as file:
                content = file.read()
            seen.update(f"{path[above:]} {len(content)}\n".encode())
            seen.update(content)
    return seen.hexdigest()


def _python_files(folder: Path) -> Iterator[str]:
    """Yield the paths as they are spelled: two thousand objects of them took most of the time."""
    for place, _, names in os.walk(folder):
        yield from (f"{place}/{name}" for name in names if name.endswith(".py"))


def _declaration_of_row(row: JsonObject) -> Answers | Subscribes:
    kind = KINDS[row.pop("kind")]
    values: JsonObject = {key: _hashable(each) for key, each in row.items()}
    return kind(**values)


def _hashable(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value
