"""A tiny service that forgot something."""

from shared.contracts.message import Caller, Empty
from tests.kit.alpha import Alpha


class Undeclared(Alpha):
    def everything(self, _request: Empty, _caller: Caller) -> Empty:
        return Empty()
