"""Lists of the kitchen: the children whom a menu concerns, and what was thrown away."""

from dataclasses import dataclass
from datetime import date

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.enrolment.desk.kitchen.labels import ALLERGENS
from services.enrolment.desk.page_parts.list_columns import FAMILY_NAME, name_column
from services.enrolment.kitchen.queries.menus import menus_of_days
from services.enrolment.kitchen.queries.needs import eaters_of_days
from services.enrolment.kitchen.rules.dishes import UNKNOWN, allergens_met
from services.enrolment.models import ChildCard
from shared.contracts.enrolment.menus import Dish
from shared.database import Vault
from shared.text import collation_key
from shared.web.agents.lists.columns import Column, List


@dataclass(frozen=True)
class Concerned:
    """A child who eats at a site, what of its allergens the menu has, and in which dishes."""

    child_id: str
    last_name: str
    first_name: str
    site: str
    allergens: tuple[str, ...]
    dishes: tuple[str, ...]


def children_concerned(
    read: Session, vault: Vault, day: date, codes: frozenset[str]
) -> list[Concerned]:
    """Return the children whose allergens the menu of a day has or may have, by site and name."""
    menus = menus_of_days(read, day, day)
    found = []
    for eater in eaters_of_days(read, vault, day, day, codes).get(day, ()):
        dishes = menus.get((day, eater.site), ())
        met = allergens_met(dishes, eater.allergens)
        if met:
            held = tuple(dish["name"] for dish in dishes if _may_hold(dish, met))
            found.append((eater.child_id, eater.site, tuple(sorted(met)), held))
    cards = {
        card.child_id: card
        for card in read.scalars(
            select(ChildCard).where(ChildCard.child_id.in_({row[0] for row in found}))
        )
    }
    rows = [
        Concerned(
            child_id,
            cards[child_id].last_name if child_id in cards else "",
            cards[child_id].first_name if child_id in cards else "",
            site,
            met,
            held,
        )
        for child_id, site, met, held in found
    ]
    return sorted(
        rows,
        key=lambda row: (
            *map(collation_key, (row.site, row.last_name, row.first_name)),
            row.child_id,
        ),
    )


def concerned_list() -> List[Concerned]:
    """Return the list of the children whom a menu concerns."""
    columns: list[Column[Concerned]] = [
        name_column(
            lambda row: (row.last_name or _("Nom pas encore arrivé"), row.first_name),
            lambda row: url_for("children.show", child_id=row.child_id),
        ),
        Column("site", _l("Lieu"), lambda row: row.site, filtered=True),
        Column(
            "allergene",
            _l("Concerné par"),
            lambda row: tuple(str(ALLERGENS[code]) for code in row.allergens),
            filtered=True,
        ),
        Column("plats", _l("Plats"), lambda row: row.dishes),
    ]
    return List(_l("Enfants concernés par le menu"), columns, index=FAMILY_NAME, keep=("jour",))


def _may_hold(dish: Dish, met: frozenset[str]) -> bool:
    """Say whether a dish has one of these allergens, or has some that nobody stated."""
    return not met.isdisjoint(dish["allergens"]) or (UNKNOWN in met and not dish["known"])
