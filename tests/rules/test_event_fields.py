"""What an event says of itself stands under its own names, beside what the bus says of it."""

from importlib import import_module
from pkgutil import walk_packages

import pytest

from shared import contracts
from shared.contracts.message import Event

OF_THE_BUS = {"source", "message_id", "trace", "contract"}
EVENTS = {
    value.full_name: value
    for module in walk_packages(contracts.__path__, "shared.contracts.")
    for value in vars(import_module(module.name)).values()
    if isinstance(value, Event)
}


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_no_field_of_an_event_is_hidden_by_what_the_bus_adds(name: str) -> None:
    assert not OF_THE_BUS & set(EVENTS[name]._schema.fields)
