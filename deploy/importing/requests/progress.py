"""Progress of a long import, said where it does not mix with what the command prints."""

import sys
import time
from dataclasses import dataclass, field

EVERY_SECONDS = 5.0


@dataclass
class Progress:
    """
    Says how many of `whole` are done, every few seconds: « 400 of 15000 places, 3 minutes left ».

    What is done within these seconds is not said at all.
    """

    what: str
    whole: int
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
        left = (self.whole - self.done) * (now - self.began) / self.done
        line = f"{self.done} of {self.whole} {self.what}, {left / 60:.0f} minutes left"
        print(f"  · {line}", file=sys.stderr, flush=True)
