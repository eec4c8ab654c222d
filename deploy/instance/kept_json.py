"""
Files in which a home keeps what was decided of it: read whole, or refused in a sentence.

`replace_file` leaves none of them cut; a disk that fails, and a hand, do.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from deploy.instance.user_error import UserError

T = TypeVar("T", dict[str, Any], list[Any])


class FileDamaged(UserError):
    """A file of a home is not what was written to it; the message says what brings it back."""


def read_kept_json(path: Path, kind: type[T], way_out: str | Callable[[], str]) -> T | None:
    """Return what a file holds, None where there is none; raises FileDamaged, with the way out."""
    try:
        text = path.read_bytes()
        found = json.loads(text)
    except FileNotFoundError:
        return None
    except ValueError:
        found = None
    if isinstance(found, kind):
        return found
    how = "is cut off, or was changed by hand" if text.strip(b" \n\0") else "is empty"
    then = way_out if isinstance(way_out, str) else way_out()
    raise FileDamaged(f"{path} {how}: nothing was done. {then}")


def back_from_copy(name: str) -> str:
    """Return the way out where no command makes a file of the home again."""
    found = "`preau restore` into an empty PREAU_HOME has it."
    return f"Put {name} of this town’s last copy back: {found}"
