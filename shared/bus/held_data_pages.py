"""Pages of what a service holds of a person, read from its own database."""

from typing import Any

from shared.contracts.every_service.held_data import HeldOfPersonAnswer, HeldOfPersonRequest
from shared.database.person_data.agent_data import page_of_held_data


class HeldPages:
    """Answers for one service with what it declares as `held`."""

    def __init__(self, service: Any) -> None:
        self._service = service

    def page_of_person(self, request: HeldOfPersonRequest) -> HeldOfPersonAnswer:
        with self._service.store.read() as read:
            return page_of_held_data(read, self._service.held, request)
