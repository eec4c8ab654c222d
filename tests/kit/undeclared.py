"""A tiny service that forgot something."""

from typing import Any

from tests.kit.alpha import Alpha


class Undeclared(Alpha):
    def everything(self, _request: Any) -> dict[str, Any]:
        return {}
