"""The demo's invented families, as many times over as a bench needs children."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from typing import Any

from bench.town import Town
from deploy.demo.invented.families import read_families
from shared.contracts.dossier.families import imported_households

IMPORT_SECONDS = 120.0
AT_ONCE = 4
TOLD = {"identity", "contacts"}
"""Sections that children of a bench have; one with a second household has neither."""

Payload = dict[str, Any]


@dataclass(frozen=True)
class Child:
    """An imported child, and a guardian who may write of it."""

    id: str
    guardian: str


def load(town: Town, children: int, series: str, links: Sequence[str] | None = None) -> list[Child]:
    """Import so many children, linked to these providers or to the demo's own; return them."""
    with town.client("ops") as client, ThreadPoolExecutor(AT_ONCE) as pool:
        wanted = list(households(children, series, links))
        answers = pool.map(
            lambda household: client.ask(
                imported_households.import_household,
                imported_households.ImportHouseholdRequest(**household),
                deadline=IMPORT_SECONDS,
            ),
            wanted,
        )
        return [
            Child(answer.children[child["reference"]], answer.guardians[child["guardians"][0]])
            for one, answer in zip(wanted, answers, strict=True)
            for child in one["children"]
        ]


def households(children: int, series: str, links: Sequence[str] | None = None) -> Iterator[Payload]:
    """Give households with so many children in all; each series has references of its own."""
    left = children
    for number in count():
        for model in read_families().households:
            household = _again(model, f"{series}{number}-", links, timedelta(number))
            household["children"] = household["children"][:left]
            if household["children"]:
                left -= len(household["children"])
                yield household
            if not left:
                return


def _again(
    household: Payload, prefix: str, links: Sequence[str] | None, older: timedelta
) -> Payload:
    """
    Return a household like this one, of other people and so much older children.

    Of one birth date in a town there are few, and the dossier looks at all of them.
    """
    return {
        "reference": prefix + household["reference"],
        "guardians": [
            {**guardian, "reference": prefix + guardian["reference"]}
            for guardian in household["guardians"]
        ],
        "children": [
            {
                **child,
                "reference": prefix + child["reference"],
                "guardians": [prefix + guardian for guardian in child["guardians"]],
                "sections": _older(child["sections"], older),
                "links": child["links"] if links is None else list(links),
            }
            for child in household["children"]
            if child["sections"].keys() >= TOLD
        ],
    }


def _older(sections: Payload, older: timedelta) -> Payload:
    identity = sections["identity"]
    born = date.fromisoformat(identity["birth_date"]) - older
    return {**sections, "identity": {**identity, "birth_date": born.isoformat()}}
