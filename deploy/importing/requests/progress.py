"""Progress of a long import, said where it does not mix with what the command prints."""

import sys
import time
from dataclasses import dataclass, field

EVERY_SECONDS = 5.0


@dataclass
class Progress:
    """
    Says how many of `whole` are done, every few seconds: « 400 of 15000 places, 3 minutes left ».

    What is done within these seconds is not said at all. Where nobody knows how many there are it
    is « 400 families ».
    """

    what: str
    whole: int = 0
    done: int = 0
    began: float = field(default_factory=time.monotonic)
    said: float = field(default_factory=time.monotonic)

    def add(self, count: int) -> None:
        """Count what was done."""
        self.done += count
        now = time.monotonic()
        if now - self.said < EVERY_SECONDS or not self.done:
            return
        self.said = now
        print(f"  · {self._sentence(now)}", file=sys.stderr, flush=True)

    def _sentence(self, now: float) -> str:
        if not self.whole:
            return f"{self.done} {self.what}"
        left = (self.whole - self.done) * (now - self.began) / self.done
        return f"{self.done} of {self.whole} {self.what}, {left / 60:.0f} minutes left"
