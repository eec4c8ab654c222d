"""Changes by the clock: an open loop, in which a slow answer delays no later change."""

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count

from bench.families import Child
from shared.bus.client import Client
from shared.contracts.dossier import guardians
from shared.contracts.errors import Outdated, Refusal

SECTION = "contacts"
AT_ONCE = 100
"""Most changes on their way; a change that finds no room leaves late, and its lateness counts."""

DEADLINE_SECONDS = 20.0


class NotWritten(Exception):
    """A change was refused, or not answered in time."""


@dataclass(frozen=True)
class Change:
    """One change: when it was due, in epoch seconds, and the section's version that it makes."""

    child: Child
    due: float
    version: int


class Writer:
    """Writes the same section of many children in turn, each time with another telephone number."""

    def __init__(self, client: Client, tokens: Mapping[str, str]) -> None:
        self._client = client
        self._tokens = tokens
        self._versions: dict[str, int] = defaultdict(lambda: 1)
        self._numbers = count(10_000_000)

    def run(self, children: Sequence[Child], per_second: float) -> tuple[list[Change], int]:
        """Change each child in turn; return what was done, and how much was not."""
        due: list[Change] = []
        start = time.time() + 0.1
        with ThreadPoolExecutor(AT_ONCE) as pool:
            answers: list[Future[bool]] = []
            for number, child in enumerate(children):
                change = self._change(child, start + number / per_second)
                time.sleep(max(0.0, change.due - time.time()))
                answers.append(pool.submit(self._write, change, next(self._numbers)))
                due.append(change)
        done = [change for change, answer in zip(due, answers, strict=True) if answer.result()]
        return done, len(due) - len(done)

    def turns(self, children: Sequence[Child], count: int) -> list[Change]:
        """Change these children in turn, one as soon as the last is answered; return the last."""
        last: dict[str, Change] = {}
        for number in range(count):
            change = self._change(children[number % len(children)], time.time())
            if not self._write(change, next(self._numbers)):
                raise NotWritten(change)
            last[change.child.id] = change
        return list(last.values())

    def _change(self, child: Child, due: float) -> Change:
        self._versions[child.id] += 1
        return Change(child, due, self._versions[child.id])

    def _write(self, change: Change, number: int) -> bool:
        person = {"name": "Claire Lefèvre", "relation": "mère", "phone": f"06{number}"}
        try:
            self._client.ask(
                guardians.write_section,
                guardians.WriteSectionRequest(
                    child_id=change.child.id,
                    section=SECTION,
                    base_version=change.version - 1,
                    content={"people": [person]},
                ),
                token=self._tokens[change.child.guardian],
                deadline=DEADLINE_SECONDS,
            )
        except Outdated as outdated:  # an earlier change of this child was refused
            self._versions[change.child.id] = outdated.detail["version"]
            return False
        except Refusal:
            return False
        return True
