"""Three ways to ask and be answered over one broker, each behind the same two questions."""

from typing import Any, Protocol

PAYLOAD: dict[str, Any] = {
    "child_id": "01890a5d-ac96-774b-bcce-b302099a8057",
    "version": 7,
    "text": "Ni arachide ni fruits à coque ; kit au secrétariat. " * 19,
}
"""About one kilobyte, the same for all."""


class WrongAnswer(AssertionError):
    """An answer that is not what was asked: the figure would mean nothing."""


class Asker(Protocol):
    """A connected client."""

    def ask(self) -> None:
        """Ask once and wait for the answer."""

    def ask_many(self, count: int) -> None:
        """Send `count` requests at once and wait for all answers."""

    def close(self) -> None:
        """Give up the connections."""


class Contender(Protocol):
    """A server that runs in a process of its own, and who asks it."""

    name: str

    def connect(self) -> Asker:
        """Return a new client in this process."""


def expect_payload(answer: Any) -> None:
    """Raise WrongAnswer unless the payload came back whole."""
    if answer != PAYLOAD:
        raise WrongAnswer
