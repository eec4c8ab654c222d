"""A TCP proxy in a thread of its own, before the broker: holds bytes back, cuts, swallows."""

import asyncio
import threading
from contextlib import suppress
from typing import Any

from deploy.instance.instance import LOOPBACK

CHUNK = 65536


class Proxy:
    """
    Listens on a port of its own and passes bytes both ways to `port`.

    What the broker says may be held back (`hold`, then `release` in order) or be cut off after so
    many bytes (`cut_after`), also in the middle of a frame.
    """

    def __init__(self, port: int) -> None:
        self._target = port
        self._loop = asyncio.new_event_loop()
        self._passing = asyncio.Event()
        self._passing.set()
        self._bytes_left: int | None = None
        self._open: set[asyncio.StreamWriter] = set()
        started = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(started,), daemon=True)
        self._thread.start()
        started.wait(5)

    def hold(self) -> None:
        """Hold back what the broker says, from the next byte on."""
        self._in_loop(self._passing.clear)

    def release(self) -> None:
        """Pass on what was held back, and what follows."""
        self._in_loop(self._passing.set)

    def cut_after(self, count: int) -> None:
        """Pass on `count` more bytes of the broker's, then no more: the connection stays."""
        self._in_loop(lambda: setattr(self, "_bytes_left", count))

    def heal(self) -> None:
        """Close what is open, and pass on everything of what comes next."""
        self._in_loop(self._heal)

    def close(self) -> None:
        """Close everything and end the thread."""
        self._in_loop(self._loop.stop)
        self._thread.join(5)

    def _run(self, started: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._accept, LOOPBACK, 0))
        self.port = server.sockets[0].getsockname()[1]
        started.set()
        self._loop.run_forever()
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self._loop.close()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        broker_says, to_broker = await asyncio.open_connection(LOOPBACK, self._target)
        self._open |= {writer, to_broker}
        with suppress(OSError, asyncio.CancelledError):
            await asyncio.gather(
                self._pass(reader, to_broker), self._pass(broker_says, writer, gated=True)
            )
        self._open -= {writer, to_broker}

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, gated: bool = False
    ) -> None:
        while data := await reader.read(CHUNK):
            if gated:
                await self._passing.wait()
                data = self._allowed(data)
            writer.write(data)
            await writer.drain()
        writer.close()

    def _allowed(self, data: bytes) -> bytes:
        if self._bytes_left is None:
            return data
        data = data[: self._bytes_left]
        self._bytes_left -= len(data)
        return data

    def _heal(self) -> None:
        self._bytes_left = None
        self._passing.set()
        for writer in self._open:
            writer.transport.abort()

    def _in_loop(self, act: Any) -> None:
        done = threading.Event()
        self._loop.call_soon_threadsafe(lambda: (act(), done.set()))
        done.wait(5)
