"""Thousands of open pages from one process: sockets that are read as something comes."""

import selectors
import socket
import time
from collections import defaultdict
from collections.abc import Mapping
from types import TracebackType

READ = 4096
CONNECT_SECONDS = 30.0


class Browsers:
    """Open pages by what they wait for; notes when each hears what it expects."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._selector = selectors.DefaultSelector()
        self._expected: dict[str, list[float]] = defaultdict(list)
        self._waits: list[float] = []
        self.open_pages: set[str] = set()

    def __enter__(self) -> "Browsers":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: object, trace: TracebackType | None
    ) -> None:
        for key in list(self._selector.get_map().values()):
            key.fileobj.close()  # type: ignore[union-attr]
        self._selector.close()

    def open(self, cookies: Mapping[str, str]) -> None:
        """Open pages, by household, and wait for the first word of each stream."""
        asked = {household: self._ask(cookie) for household, cookie in cookies.items()}
        for household, page in asked.items():
            self._wait(household, page)

    def _ask(self, cookie: str) -> socket.socket:
        page = socket.create_connection(("127.0.0.1", self._port), timeout=CONNECT_SECONDS)
        page.sendall(f"GET /flux HTTP/1.1\r\nHost: live\r\nCookie: {cookie}\r\n\r\n".encode())
        return page

    def _wait(self, household: str, page: socket.socket) -> None:
        """Take a page in once it was told something; one that was not does not count."""
        said = b""
        while b"event: change" not in said:
            came = page.recv(READ)
            if not came:
                return
            said += came
        page.setblocking(False)
        self._selector.register(page, selectors.EVENT_READ, household)
        self.open_pages.add(household)

    def expect(self, household: str, since: float) -> None:
        """Expect that this page hears of a change."""
        self._expected[household].append(since)

    @property
    def expects_any(self) -> bool:
        return any(self._expected.values())

    def listen(self, seconds: float) -> None:
        """Read what comes in so many seconds."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            for key, _ in self._selector.select(left):
                self._hear(key)

    def take_waits(self) -> list[float]:
        """Return how long each change took to be heard, in seconds, and begin anew."""
        waits, self._waits = self._waits, []
        return waits

    def forget_unheard(self) -> int:
        """Return how many changes were not heard, and expect them no more."""
        unheard = sum(map(len, self._expected.values()))
        self._expected.clear()
        return unheard

    def _hear(self, key: selectors.SelectorKey) -> None:
        said = key.fileobj.recv(READ)  # type: ignore[union-attr]
        if not said:
            self._selector.unregister(key.fileobj)
            self.open_pages.discard(key.data)
        elif b"event: change" in said:
            moment = time.monotonic()
            self._waits += [moment - since for since in self._expected.pop(key.data, [])]
