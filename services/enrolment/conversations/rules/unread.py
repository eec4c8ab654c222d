"""Number of messages of a thread that a guardian has not read, from two growing marks. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Marks:
    """Reading position of one guardian: `read_to` is a message's number, `own_since` a count."""

    read_to: int = 0
    own_since: int = 0

    def unread(self, messages: int) -> int:
        """Return how many of a thread's messages are neither read nor the reader's own."""
        return messages - self.read_to - self.own_since

    def after_writing(self, messages: int) -> "Marks":
        """Return the marks once the reader has written message number `messages`."""
        if self.unread(messages - 1) == 0:
            return Marks(messages)
        return Marks(self.read_to, self.own_since + 1)

    def after_opening(self, messages: int) -> "Marks":
        """Return the marks once the thread was opened when it had so many messages."""
        return Marks(max(messages, self.read_to))
