"""Menus as they are written, copied and read from files; what changed is published whole."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from sqlalchemy import select, update

from services.enrolment.kitchen.queries.menus import menu_row_of_day_at_site
from services.enrolment.kitchen.rules.scdl_menu_file_reading import FileMenu
from services.enrolment.models import AdultMeals, Menu, Waste
from shared.contracts.enrolment.kitchen.menus import Dish, MenuPublished, menu_published
from shared.database import Write
from shared.runtime.ids import new_id


class MenuThere(ValueError):
    """A day has another menu already; nothing was written."""

    def __init__(self, site: str, day: date) -> None:
        super().__init__(day)
        self.site, self.day = site, day


def write_menu(write: Write, site: str, day: date, dishes: Sequence[Dish]) -> bool:
    """Write the menu of a day, published if it changed; without dishes it is taken back."""
    write.lock_names(f"menu:{day.isoformat()}:{site}")
    row = menu_row_of_day_at_site(write, day, site)
    if row is None:
        if not dishes:
            return False
        row = Menu(id=new_id(), day=day, site=site, dishes=[], version=0, changes=0)
        write.add(row)
    if row.dishes == list(dishes):
        return False
    row.dishes, row.version, row.changes = list(dishes), row.version + 1, row.changes + 1
    write.flush()
    write.publish(menu_published, event_of_menu(row))
    return True


def store_menus_of_file(write: Write, menus: Iterable[FileMenu], *, replace: bool) -> int:
    """
    Write the menus of a file and return how many are new.

    Raises MenuThere where a day has another menu, which `replace` allows.
    """
    written = 0
    for menu in menus:
        row = menu_row_of_day_at_site(write, menu.day, menu.site)
        if row is not None and row.dishes and row.dishes != list(menu.dishes) and not replace:
            raise MenuThere(menu.site, menu.day)
        written += write_menu(write, menu.site, menu.day, menu.dishes)
    return written


def copy_menus_of_week(write: Write, site: str, monday: date, sites: Iterable[str]) -> int:
    """
    Copy a site's menus of a week to other sites, where these have none; return how many.

    A menu that is there stays: whoever wrote it knew why.
    """
    copied = 0
    for offset in range(7):
        day = monday + timedelta(days=offset)
        row = menu_row_of_day_at_site(write, day, site)
        for other in sites if row is not None and row.dishes else ():
            there = menu_row_of_day_at_site(write, day, other)
            if other != site and row is not None and not (there and there.dishes):
                copied += write_menu(write, other, day, row.dishes)
    return copied


def rename_kitchen_site(write: Write, site: str, name: str) -> None:
    """Let menus and what was counted go on under a site's new name; menus are published anew."""
    for counted in (Waste, AdultMeals):
        write.execute(update(counted).where(counted.site == site).values(site=name))
    for row in write.scalars(select(Menu).where(Menu.site == site).with_for_update()):
        row.site, row.version = name, row.version + 1
        write.publish(menu_published, event_of_menu(row))


def republish_menu(write: Write, menu_id: str, *, above: int) -> None:
    """Publish a menu again, at least at the version that a subscriber stores."""
    row = write.get(Menu, menu_id, with_for_update=True)
    if row is not None:
        row.version = max(row.version, above)
        write.publish(menu_published, event_of_menu(row))


def event_of_menu(row: Menu) -> MenuPublished:
    """Return a menu as it is published."""
    return MenuPublished(row.id, row.site, row.day, row.version, row.dishes)
