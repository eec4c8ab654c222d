"""A tablet as `rollcall` plays it: it ticks by its own clock, over a network that fails it."""

import random
import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import requests

from bench.canteen import PRINCIPAL, Device
from shared.dates.clock import now
from shared.runtime.ids import new_id

CUT, ANSWER_LOST = 0.2, 0.15
"""Shares of posts that do not leave, and that leave and are not heard of again."""

AT_ONCE = 40
Mark = dict[str, Any]


@dataclass
class Tablet:
    """A tablet with the marks it made and found; `waits` are seconds per post that was answered."""

    device: Device
    chance: random.Random
    http: requests.Session = field(default_factory=requests.Session)
    made: list[Mark] = field(default_factory=list)
    queue: list[Mark] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    arrived: list[int] = field(default_factory=list)
    cuts: int = 0
    lost_answers: int = 0
    skew: timedelta = timedelta(0)
    heads: dict[str, list[str]] = field(default_factory=dict)

    def opens(self) -> list[str]:
        """Open by PIN, fetch the list; return the children on it."""
        self.http.cookies.set(f"{PRINCIPAL}_tablet", self.device.secret)
        self._token()
        pin = {"subject": self.device.subject, "pin": self.device.pin}
        assert self._post("ouvrir", pin).status_code == 200
        listed = self.http.get(self._at(f"seances/{self.device.session_id}.json"), timeout=30)
        return [child["id"] for child in listed.json()["children"]]

    def ticks(self, child_id: str, kind: str) -> None:
        """Mark one child, and try to send what waits."""
        mark = {
            "id": new_id(),
            "session_id": self.device.session_id,
            "child_id": child_id,
            "kind": kind,
            "made_at": self._clock(),
            "by": self.device.subject,
            "after": self.heads.get(child_id, []),
        }
        self.heads[child_id] = [mark["id"]]
        self.made.append(mark)
        self.queue.append(mark)
        self.sends()

    def sends(self, *, network: bool = False) -> None:
        """Post what waits, in any order; the network may fail before or after it has arrived."""
        if not network and self.chance.random() < CUT:
            self.cuts += 1
            return
        marks = self.chance.sample(self.queue, min(len(self.queue), AT_ONCE))
        unsent = len(self.queue) - len(marks)
        body = {"device_now": self._clock(), "marks": marks, "unsent": unsent}
        begun = time.perf_counter()
        answer = self._post("envoi", body)
        if not network and self.chance.random() < ANSWER_LOST:
            self.lost_answers += 1
            return
        self.waits.append(time.perf_counter() - begun)
        taken = set(answer.json()["taken"])
        self.arrived.append(len(taken))
        self.queue = [mark for mark in self.queue if mark["id"] not in taken]

    def comes_back(self) -> None:
        """Send all that waits, twice over, as a tablet that is unsure does."""
        again = self.chance.sample(self.made, min(len(self.made), AT_ONCE))
        self.queue += [mark for mark in again if mark not in self.queue]
        while self.queue:
            self.sends(network=True)

    def closes(self) -> int:
        """Close the group; every child was marked."""
        answer = self._post(f"seances/{self.device.session_id}/cloture", {"decisions": {}})
        return answer.status_code

    def _clock(self) -> str:
        return (now() + self.skew).isoformat()

    def _token(self) -> None:
        state = self.http.get(self._at("etat.json"), timeout=30).json()
        self.http.headers["x-csrftoken"] = state["csrf"]

    def _post(self, path: str, body: Any) -> requests.Response:
        return self.http.post(self._at(path), json=body, timeout=60)

    def _at(self, path: str) -> str:
        return f"{self.device.address}/pointage/{path}"
