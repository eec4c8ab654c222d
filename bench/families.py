"""The demo's invented families, as many times over as a bench needs children."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count, cycle

from sqlalchemy import func, select

from bench.ground import laying, wait_until
from bench.town import Town
from deploy.demo.invented.families import read_families
from services.dossier.registrations.commands.household_of_other_software import (
    publish_imports,
    store_household_unpublished,
)
from services.dossier.registrations.rules.incoming_sections import IncomingHousehold
from services.dossier.sharing.queries.current_access_policy import current_policy
from services.dossier.store import store, vault
from shared.contracts.dossier.families.imported_households import (
    ImportHouseholdRequest,
    import_household,
)
from shared.database.chunks import chunks
from shared.database.tables.kit_tables import kit_table
from shared.dates.instant import Instant
from shared.json_values import JsonObject

AT_ONCE = 50
"""Households of one transaction: it has their messages in memory, and other writers wait for it."""
SENT_SECONDS = 240.0

TOLD = {"identity", "contacts"}
"""Sections that children of a bench have; one with a second household has neither."""


@dataclass(frozen=True)
class Child:
    """An imported child, and a guardian who may write of it."""

    id: str
    guardian: str


@laying
def load(
    town: Town,
    children: int,
    series: str,
    links: Sequence[str] | None = None,
    at_once: int = AT_ONCE,
) -> list[Child]:
    """Let a running dossier have so many children; return them once it has told of them."""
    town.connect("dossier", store, vault)
    several = list(households(children, series, links))
    found = [child for some in chunks(several, at_once) for child in take_in(some)]
    wait_until("the dossier told of the imported families", _is_all_sent, SENT_SECONDS)
    return found


def take_in(several: Sequence[JsonObject]) -> list[Child]:
    """
    Import households as the dossier does when operations send them, but in one transaction.

    The dossier's relay sends what it leaves in the outbox. One by one, an import waits for the disk
    and for the bus each time, and 10,000 children for three minutes.
    """
    with store.write() as write:
        policy, when = current_policy(), Instant.now()
        imports = [
            store_household_unpublished(write, policy, _incoming(each), when) for each in several
        ]
        publish_imports(write, policy, imports, when)
    return [
        Child(ids.children[child["reference"]], ids.guardians[child["guardians"][0]])
        for household, ids in zip(several, imports, strict=True)
        for child in household["children"]
    ]


def _is_all_sent() -> bool:
    waiting = select(func.count()).select_from(kit_table(store.metadata, "outbox"))
    with store.read() as read:
        return not read.scalar(waiting)


def _incoming(household: JsonObject) -> IncomingHousehold:
    sent = import_household.dump_request(ImportHouseholdRequest(**household))
    return IncomingHousehold(**vars(import_household.load_request(sent)))


def first_names() -> Iterator[str]:
    """Give the demo's first names, over and over."""
    sections = (
        child["sections"] for each in read_families().households for child in each["children"]
    )
    return cycle([each["identity"]["first_name"] for each in sections if "identity" in each])


def households(
    children: int, series: str, links: Sequence[str] | None = None
) -> Iterator[JsonObject]:
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
    household: JsonObject, prefix: str, links: Sequence[str] | None, older: timedelta
) -> JsonObject:
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


def _older(sections: JsonObject, older: timedelta) -> JsonObject:
    identity = sections["identity"]
    born = date.fromisoformat(identity["birth_date"]) - older
    return {**sections, "identity": {**identity, "birth_date": born.isoformat()}}
