"""The version of this code, as `pyproject.toml` says it: nowhere else does a number stand."""

import tomllib
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]


def version_of_code(folder: Path = PROJECT) -> str:
    """
    Return the version of the code that lies here, or in another folder, now: such as "0.2.0".

    A process that wants to say of which version it is asks as it starts: later, another version may
    lie here.
    """
    project = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))["project"]
    return str(project["version"])
