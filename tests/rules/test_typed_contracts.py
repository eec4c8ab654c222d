"""Each contract gives a type to its messages, and mypy refuses whoever does not keep to it."""

import dataclasses
import subprocess
import sys
import typing
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import Any, get_args

import pytest

from deploy.instance.instance import PROJECT
from shared import contracts
from shared.contracts.message import Event, Method
from shared.contracts.schema_from_type import is_row_type, schema_of


def messages() -> dict[str, type]:
    """Return the types of all messages by their contract and part."""
    found: dict[str, Any] = {}
    for module in walk_packages(contracts.__path__, "shared.contracts."):
        for value in vars(import_module(module.name)).values():
            if isinstance(value, Method):
                found[f"{value.full_name} request"] = value.request
                found[f"{value.full_name} answer"] = value.answer
            elif isinstance(value, Event):
                found[value.full_name] = value.content
    return found


MESSAGES = messages()


@pytest.mark.parametrize("name", MESSAGES)
def test_a_message_is_a_frozen_dataclass_whose_schema_is_derived(name: str) -> None:
    message: Any = MESSAGES[name]

    assert dataclasses.is_dataclass(message) and message.__dataclass_params__.frozen
    assert set(schema_of(message, "raise").fields) == {
        each.name for each in dataclasses.fields(message)
    }


@pytest.mark.parametrize("name", MESSAGES)
def test_no_field_of_a_message_is_without_type_however_deep(name: str) -> None:
    assert [where for where, hint in _fields(MESSAGES[name], name) if hint is Any] == []


def _fields(message: type, where: str) -> Iterator[tuple[str, Any]]:
    for name, hint in typing.get_type_hints(message).items():
        yield f"{where}.{name}", hint
        for row in _rows(hint):
            yield from _fields(row, f"{where}.{name}")


def _rows(hint: Any) -> Iterator[type]:
    if is_row_type(hint):
        yield hint
    for inner in get_args(hint):
        yield from _rows(inner)


SAMPLE = """
from dataclasses import dataclass
from typing import Protocol, TypedDict

from shared.bus import Service, answers, right, service_only
from shared.bus.client import Client
from shared.contracts.errors import Refusal
from shared.contracts.message import Caller, Empty, Method, all_rows
from shared.contracts.values import PageAnswer, PageRequest
from shared.web.session.request_rounds import Round, round_request


class Child(TypedDict):
    child_id: str


@dataclass(frozen=True)
class Asked:
    day: str
    children: list[Child]


@dataclass(frozen=True)
class Given:
    total: int


@dataclass(frozen=True)
class Names:
    names: list[str]


@dataclass(frozen=True)
class Listed(PageAnswer):
    names: list[str]


listed = Method("dossier", "listed", PageRequest, Listed)
count = Method("dossier", "count", Asked, Given)
names = Method("dossier", "names", Empty, Names)


class OfHousehold(Protocol):
    @property
    def household_id(self) -> str: ...


@right("guardian of that household")
def of_household(_service: object, _caller: Caller, request: OfHousehold) -> bool:
    return bool(request.household_id)


def sound(client: Client) -> int:
    return client.ask(count, Asked(day="", children=[{"child_id": ""}])).total


def field_of_a_request(client: Client) -> None:
    client.ask(count, Asked(days="", children=[]))  # wrong


def field_of_a_row(client: Client) -> None:
    client.ask(count, Asked("", [{"child": ""}]))  # wrong


def field_of_an_answer(client: Client) -> int:
    return client.ask(count, Asked("", [])).totals  # wrong


def field_of_an_answer_in_a_round(ask_all: Round) -> int:
    given, others = ask_all(round_request(count, Asked("", [])), round_request(names, Empty()))
    if isinstance(given, Refusal) or isinstance(others, Refusal):
        return 0
    return len(others.names) + given.totals  # wrong


def field_of_rows_in_pages(client: Client) -> list[str]:
    return list(all_rows(client.ask, listed, lambda page: page.name))  # wrong


def request_of_a_round(ask_all: Round) -> None:
    ask_all(round_request(count, Empty()))  # wrong


class WrongField(Service):
    @answers(count, callers=[], right=service_only)
    def count(self, request: Asked, _caller: Caller) -> Given:
        return Given(totals=len(request.children))  # wrong


class Sound(Service):
    @answers(count, callers=[], right=service_only)
    def count(self, request: Asked, _caller: Caller) -> Given:
        return Given(len(request.children))


class OtherHandler(Service):
    @answers(count, callers=[], right=service_only)  # wrong
    def count(self, request: Given, _caller: Caller) -> Given:
        return request


class RightThatReadsMore(Service):
    @answers(count, callers=[], right=of_household)  # wrong
    def count(self, request: Asked, _caller: Caller) -> Given:
        return Given(len(request.children))
"""


def test_mypy_refuses_a_wrong_field_handler_or_right_and_nothing_else(tmp_path: Path) -> None:
    """The project's own cache makes it a matter of seconds."""
    sample = tmp_path / "sample.py"
    sample.write_text(SAMPLE)

    said = subprocess.run(
        [sys.executable, "-m", "mypy", "--no-error-summary", "--no-pretty", str(sample)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )

    lines = said.stdout.splitlines()
    refused = {int(line.split(":")[1]) for line in lines if ": error: " in line}
    wrong = {at for at, line in enumerate(SAMPLE.splitlines(), 1) if "# wrong" in line}
    assert refused == wrong, said.stdout + said.stderr
    assert len(wrong) == 9
