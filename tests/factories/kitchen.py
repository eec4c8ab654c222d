"""A canteen with a caterer, children who eat there, and menus: for tests of the kitchen."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

from deploy.register.compiler import compile_register
from deploy.register.town_file.town import read_town
from services.enrolment.kitchen.commands.orders import send_order
from services.enrolment.kitchen.queries.meal_needs import meal_needs_of_day
from services.enrolment.kitchen.rules.kitchens import Kitchen
from services.enrolment.models import Group, MealOrder
from services.enrolment.store import store, vault
from shared.contracts.sections.care.town_diets import USUAL_DIETS
from shared.dates.clock import now
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories import attendance, offer
from tests.factories import enrolment as make
from tests.factories.enrolment import Child, Provider
from tests.factories.register import DEMO_TOWN

KITCHEN = Kitchen(frozenset({"canteen"}), USUAL_DIETS)
COOK = new_id()
CATERER = """
  - code: cui
    label: Cuisine centrale
    short_label: Cuisine
    letter: K
    hue: 4
    kind: delegated_operator
    controller: Cuisine centrale de Démonstration
    dpo: dpo@cuisine.example
    phone: "02 00 00 00 09"
    legal_basis: "RGPD art. 6-1-b : contrat"
    article_9_ground: "aucune donnée de santé"
    cooks: {for: [ens], order_before: "1@10:00"}
    roles:
      - {code: cook, label: Cuisine centrale, acts: [day]}
    first_administrator: {login: pascal.meunier, name: Pascal Meunier}
"""


def rows_with_caterer(folder: Path, fragment: str = CATERER) -> dict[str, Any]:
    """Return the register's rows of the demo town with a caterer of its school service."""
    town = folder / "with-caterer.yaml"
    town.write_text(f"{DEMO_TOWN.read_text('utf-8').rstrip()}\n{fragment}", "utf-8")
    return compile_register(read_town(town), [], {})


@contextmanager
def town_with_caterer(
    database: Database, home: Path, principal: str = "enrolment_ens"
) -> Iterator[Provider]:
    """Give a provider of the demo town with a caterer: the canteen's, or the caterer itself."""
    rows = rows_with_caterer(home)
    with make.provider_on(database, home, principal, rows=rows) as provider:
        yield provider


def a_canteen(site: str = "École Jules-Ferry", label: str = "", **group: Any) -> Group:
    """Add a canteen at a site, with a lunch on every day of two months."""
    with store.write() as write:
        activity = offer.an_activity(write, site=site)
        return offer.a_group(write, activity, label=label or f"Cantine {site}", **group)


def eats_at(
    provider: Provider,
    group: Group,
    days: Collection[date],
    child: Child | None = None,
    menu: str | None = "standard",
    without: Collection[str] = (),
    allergies: Mapping[str, Any] | None = None,
) -> Child:
    """Let a child arrive with what it eats, and book its lunches."""
    child = child or Child()
    more = {"allergies": allergies} if allergies else {}
    provider.receives_child(child, diet=make.diet(menu, *without), **more)
    with store.write() as write:
        for day in days:
            attendance.booked(write, offer.session_on(write, group, day), child.id)
    return child


def allergic_to(*codes: str) -> dict[str, Any]:
    """Return the projection of allergies to some of the fourteen; "" to something else."""
    return {
        "allergies": [
            {
                "substance": f"ce qui est écrit : {code or 'kiwi'}",
                "severity": "severe",
                "reaction": "",
                "allergen": code,
            }
            for code in codes
        ]
    }


def orders(provider: Provider, day: date, at: datetime | None = None, **more: Any) -> MealOrder:
    """Send the order of a day as its cook does; raises OrderRefused."""
    caterer = provider.settings.register.caterer_of("ens")
    with store.write() as write:
        return send_order(write, vault, caterer, day, KITCHEN, COOK, at or now(), **more)


def mark_of_need(day: date) -> str:
    """Return what the page of a day says of its need."""
    with store.read() as read:
        return meal_needs_of_day(read, vault, day, KITCHEN).mark


def a_dish(
    name: str,
    *allergens: str,
    course: str = "main",
    known: bool = True,
    menus: Collection[str] = (),
) -> dict[str, Any]:
    told = {"course": course, "name": name, "known": known}
    return {**told, "allergens": list(allergens), "menus": list(menus)}
