"""States on menus, which the portal stores: those of the present week and to come."""

from collections.abc import Mapping

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from services.enrolment.kitchen.commands.menus import event_of_menu, republish_menu
from services.enrolment.models import Menu
from shared.contracts.enrolment.kitchen.menus import MenuPublished, menu_published
from shared.database import Write
from shared.database.comparison.compared_states import Published, Route, Versions, make_page_reader
from shared.dates.clock import today
from shared.dates.periods import monday_of


def _select_menu_versions(_route: Route) -> Select[str, int]:
    """Return the menus that families still read: the portal deletes those of past weeks."""
    shown = (Menu.version > 0, Menu.day >= monday_of(today()))
    return select(Menu.id, Menu.version).where(*shown)


def _menu_contents(read: Session, _route: Route, versions: Versions) -> Mapping[str, MenuPublished]:
    rows = read.scalars(select(Menu).where(Menu.id.in_(versions)))
    return {row.id: event_of_menu(row) for row in rows}


def _publish_menus(write: Write, _route: Route, versions: Versions) -> None:
    for menu_id, version in versions.items():
        republish_menu(write, menu_id, above=version)


PUBLISHED = (
    Published(
        menu_published,
        make_page_reader(_select_menu_versions),
        _menu_contents,
        _publish_menus,
        lambda event: [event.menu_id],
    ),
)
