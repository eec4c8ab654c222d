"""
A provider more in a town file, which keeps its comments, and its other lines as they are.

What people write beside the example is taken or named: other indentation, `providers:` above it, a
file of another encoding, one that was added before a command broke off.
"""

import re
from pathlib import Path
from textwrap import dedent, indent

import yaml

from deploy.applied_town import Applied
from deploy.instance.instance import replace_file
from deploy.instance.user_error import UserError
from deploy.register.town_file.town import TownRefused, read_town
from shared.register import RUNNING

BLOCK = "providers"


def add_provider(applied: Applied, fragment: Path, state: str = RUNNING) -> list[str]:
    """
    Append providers, written as the items of `providers:`, to the town file; return their codes.

    It is left as it was where the result is refused (TownRefused, with each line as it stands in
    the fragment or the town file), and where it holds the same already. The state is noted first:
    no `apply` in between may let families see what is to be tried.
    """
    path = applied.town_file.resolve()  # which may be a link to where it is kept
    known = {entry.code for entry in applied.read_town_file().providers}
    above = path.read_text("utf-8-sig").rstrip()
    item = _read_item(fragment, path, above)
    if item in above:
        codes = [str(each["code"]) for each in yaml.safe_load(item)]
        _require_begun_alike(applied, codes, state, f"{path} has its lines already")
        return codes
    candidate = path.with_suffix(".candidate.yaml")
    try:
        candidate.write_text(f"{above}\n\n{item}\n", "utf-8")
        added = [entry.code for entry in read_town(candidate).providers if entry.code not in known]
        _require_begun_alike(applied, added, state, f"{path} lost its lines: put them back")
        for code in added:
            if state != RUNNING:
                applied.set_provider_state(code, state)
        replace_file(path, candidate.read_text("utf-8"), mode=path.stat().st_mode & 0o777)
    except TownRefused as refused:
        lines = above.count("\n") + 2
        raise TownRefused(
            [
                _problem_with_line(problem, candidate, path, fragment, lines)
                for problem in refused.problems
            ]
        ) from None
    finally:
        candidate.unlink(missing_ok=True)
    return added


def _read_item(fragment: Path, town: Path, above: str) -> str:
    """Return the text of a fragment, indented as the town file is; raises TownRefused."""
    try:
        text = fragment.read_bytes().decode("utf-8-sig").rstrip()
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise TownRefused([f"{fragment}:{line}: this is not UTF-8 text"]) from None
    first = re.search(r"^[^\s#].*|^ *-.*", text, re.MULTILINE)
    if first is None or not first[0].lstrip().startswith("-"):
        line = text[: first.start()].count("\n") + 1 if first else 1
        wrong = f"only items of `{BLOCK}:` stand here, which begin with « - code: »"
        raise TownRefused([f"{fragment}:{line}: {wrong}"])
    last = re.findall(r"^(\w+):", above, re.MULTILINE)[-1]
    if last != BLOCK:
        wrong = f"`{BLOCK}:` is not its last block, to which items are appended: move it there"
        raise TownRefused([f"{town}: {wrong}"])
    as_there = re.search(rf"^{BLOCK}:[^-]*?^( *)-", above, re.MULTILINE)
    return indent(dedent(text), as_there[1] if as_there else "  ")


def _require_begun_alike(applied: Applied, codes: list[str], state: str, lines: str) -> None:
    """
    Raise UserError where a provider is known to the town in another state.

    Also where its `lines` were lost: who was revoked runs again by `provider resume` alone.
    """
    register = applied.register_in_force() or {"providers": []}
    in_force = {row["code"] for row in register["providers"]}
    states = applied.unusual_provider_states()
    for code in codes:
        now = states.get(code, RUNNING)
        if now != state and (code in in_force or code in states):
            raise UserError(
                f"{code} is known to this town, and is {now}, not {state}: nothing was done."
                f" {lines}; `preau provider --help` says what may be done with it."
            )


def _problem_with_line(
    problem: str, candidate: Path, town: Path, fragment: Path, lines: int
) -> str:
    """Return a problem of both files in one with each line of the file that holds it."""

    def place_of(at: int) -> str:
        return f"{town}:{at}" if at <= lines else f"{fragment}:{at - lines}"

    number, colon, reason = problem.removeprefix(f"{candidate}:").partition(":")
    if not number.isdecimal():
        return problem
    reason = re.sub(r"on line (\d+)", lambda found: f"in {place_of(int(found[1]))}", reason)
    return f"{place_of(int(number))}{colon}{reason}"
