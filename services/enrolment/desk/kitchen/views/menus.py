"""Menus of a week: typed, copied to other sites, read from a file of the schema SCDL."""

from calendar import monthrange
from datetime import date, timedelta

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from services.enrolment.desk.kitchen import labels
from services.enrolment.desk.kitchen.access import (
    caterer_here,
    kitchen_here,
    requires_keeping_kitchen,
)
from services.enrolment.desk.kitchen.menus_written_as_file import MenuFile, write_menus
from services.enrolment.desk.page_parts.blueprints import desk_blueprint
from services.enrolment.kitchen.commands.menus import (
    MenuThere,
    copy_menus_of_week,
    store_menus_of_file,
    write_menu,
)
from services.enrolment.kitchen.queries.menus import (
    dishes_by_day_and_site,
    restaurants_by_school_name,
    sites_with_meals,
)
from services.enrolment.kitchen.rules.dishes_as_typed import (
    NONE,
    UnknownAllergen,
    UnknownMenu,
    dishes_in_serving_order,
    make_dish,
    read_menus_of_dish,
)
from services.enrolment.kitchen.rules.scdl_menu_file_reading import (
    MOST_BYTES,
    MenusRefused,
    read_menus,
)
from services.enrolment.offer.queries.calendar_days import special_periods
from services.enrolment.store import store
from shared.contracts.enrolment.kitchen.menus import COURSES, MOST_DISH, MOST_DISHES, Dish
from shared.contracts.sections.care.town_diets import MENUS
from shared.dates.clock import today
from shared.dates.periods import monday_of
from shared.web.base.app import shell_here
from shared.web.base.downloads import file_to_save
from shared.web.forms.form_data import Form
from shared.web.forms.parsing import read_day

blueprint = desk_blueprint("menus", "/cuisine/menus", labels=labels)

LARGEST_FORM = MOST_BYTES + 64 * 1024
LINES = 7
"""Lines of a form of dishes: one for each course, and what is there besides."""
AROUND = timedelta(days=200)
"""Sites that have meals within so many days may have menus."""


@blueprint.get("")
@requires_keeping_kitchen
def show() -> str:
    """Show the menus of a week at a site, and the form of one of its days."""
    return _page(Form(), Form())


@blueprint.post("")
@requires_keeping_kitchen
def write() -> ResponseReturnValue:
    """Write the menu of a day at a site; without dishes it is taken back."""
    day, site = read_day(request.form.get("jour", "")), request.form.get("lieu", "")
    form = Form({name: value.strip() for name, value in request.form.items()})
    dishes = _read_dishes(form)
    if day is None or site not in _sites_with_meals():
        abort(404)
    if form.errors:
        return _page(form, Form(), day, site), 422
    with store.write() as written:
        changed = write_menu(written, site, day, dishes)
    flash("written" if changed else "unchanged", "menus")
    return redirect(_address_of_day_at_site(day, site), 303)


@blueprint.post("/copie")
@requires_keeping_kitchen
def copy() -> ResponseReturnValue:
    """Copy a site's week to the other sites, where they have no menu."""
    day, site = read_day(request.form.get("jour", "")), request.form.get("lieu", "")
    sites = _sites_with_meals()
    if day is None or site not in sites:
        abort(404)
    with store.write() as write:
        copied = copy_menus_of_week(write, site, monday_of(day), sites)
    flash(str(copied), "copied")
    return redirect(_address_of_day_at_site(day, site), 303)


@blueprint.post("/fichier")
@requires_keeping_kitchen
def read_file() -> ResponseReturnValue:
    """Read the menus of a file: all of it, or nothing."""
    form = Form({"replace": request.form.get("replace", "")})
    sent = request.files.get("file")
    content = sent.stream.read(MOST_BYTES + 1) if sent else b""
    if not content:
        form.errors["file"] = _("Choisissez le fichier CSV des menus.")
        return _page(Form(), form), 422
    try:
        menus = read_menus(content, _sites_with_meals(), kitchen_here().diets)
        with store.write() as write:
            taken = store_menus_of_file(write, menus, replace=form.chosen("replace", "yes"))
    except MenusRefused as refused:
        form.errors["file"] = labels.menu_file_refusal_in_words(refused)
        return _page(Form(), form), 422
    except MenuThere as there:
        form.errors["file"] = _(
            "Un autre menu est déjà écrit à %(site)s le %(day)s : cochez « remplacer ». "
            "Rien n’a été lu.",
            site=there.site,
            day=f"{there.day:%d/%m/%Y}",
        )
        return _page(Form(), form), 422
    flash(str(taken), "read")
    return redirect(_address_of_day_at_site(menus[0].day, menus[0].site), 303)


@blueprint.get("/scdl")
@requires_keeping_kitchen
def download() -> ResponseReturnValue:
    """Hand over a month's menus of all sites as a file of the schema."""
    day = read_day(request.args.get("jour", "")) or today()
    first = day.replace(day=1)
    last = first.replace(day=monthrange(first.year, first.month)[1])
    with store.read() as read:
        menus, schools = (
            dishes_by_day_and_site(read, first, last),
            restaurants_by_school_name(read),
        )
    provider = shell_here().registered_provider()
    siret = next((regie.siret for regie in provider.regies), "") if provider else ""
    if not menus or not siret or provider is None:
        flash("no_menus" if not menus else "no_siret", "no_file")
        return redirect(url_for("menus.show", jour=day.isoformat()), 303)
    caterer = caterer_here() or provider
    file = MenuFile(
        provider.controller, siret, caterer.label, kitchen_here().diets, today(), schools
    )
    return file_to_save(write_menus(file, menus), f"menus-{first:%Y-%m}.csv", "text/csv")


def _read_dishes(form: Form) -> list[Dish]:
    """Return the dishes of a form; mistakes stand at their lines."""
    dishes: list[Dish] = []
    diets = kitchen_here().diets
    for at in range(MOST_DISHES):
        name, course = form.value(f"name-{at}"), form.value(f"course-{at}")
        written, cooked_for = form.value(f"allergens-{at}"), form.value(f"menus-{at}")
        if not name:
            if written or cooked_for:
                form.errors[f"name-{at}"] = _("Écrivez le nom du plat.")
            continue
        if course not in COURSES:
            form.errors[f"course-{at}"] = _("Choisissez dans la liste.")
            continue
        try:
            menus = read_menus_of_dish(cooked_for, diets)
            dishes.append(make_dish(course, name, written, menus))
        except UnknownMenu as unknown:
            form.errors[f"menus-{at}"] = _(
                "« %(word)s » n’est pas un menu de la ville : %(menus)s, ou rien pour tous.",
                word=unknown.word,
                menus=labels.menus_of_dish(diets.codes_offered[MENUS]).lower(),
            )
        except UnknownAllergen as unknown:
            form.errors[f"allergens-{at}"] = _(
                "« %(word)s » n’est pas l’un des 14 allergènes : écrivez-les séparés par des "
                "virgules, ou « aucun ».",
                word=unknown.word,
            )
    return dishes_in_serving_order(dishes)


def _page(form: Form, file_form: Form, day: date | None = None, site: str = "") -> str:
    day = day or read_day(request.args.get("jour", "")) or today()
    monday = monday_of(day)
    sites = _sites_with_meals()
    site = site or request.args.get("lieu", "") or (sites[0] if sites else "")
    if sites and site not in sites:
        abort(404)
    with store.read() as read:
        menus = dishes_by_day_and_site(read, monday, monday + timedelta(days=6))
        special = special_periods(read, monday, monday + timedelta(days=6))
    if not form.values:
        form.values = _form_values_of_dishes(menus.get((day, site), ()))
    lines = min(MOST_DISHES, max(LINES, len(menus.get((day, site), ())) + 1))
    form.labels = {
        f"{name}-{at}": _("%(what)s, plat %(nth)s", what=what, nth=at + 1)
        for at in range(lines)
        for name, what in (
            ("name", _("Nom")),
            ("allergens", _("Allergènes")),
            ("menus", _("Menus")),
        )
    }
    file_form.labels = {"file": _("Fichier")}
    return render_template(
        "desk/kitchen/menus.html",
        form=form,
        file_form=file_form,
        day=day,
        monday=monday,
        days=[monday + timedelta(days=offset) for offset in range(5)],
        site=site,
        sites=sites,
        menus=menus,
        special=special,
        lines=lines,
        courses=list(COURSES),
        most=MOST_DISH,
        diets=kitchen_here().diets,
        week=timedelta(days=7),
    )


def _form_values_of_dishes(dishes: object) -> dict[str, object]:
    """Return the values of a form with these dishes, or with the usual courses."""
    values: dict[str, object] = {}
    known = kitchen_here().diets
    for at, course in enumerate(list(COURSES)[:LINES]):
        values[f"course-{at}"] = course
    for at, dish in enumerate(dishes if isinstance(dishes, list) else ()):
        values[f"course-{at}"], values[f"name-{at}"] = dish["course"], dish["name"]
        names = ", ".join(str(labels.ALLERGENS[code]).lower() for code in dish["allergens"])
        values[f"allergens-{at}"] = names or (NONE if dish["known"] else "")
        values[f"menus-{at}"] = ", ".join(map(known.word_of_menu, dish["menus"]))
    return values


def _sites_with_meals() -> list[str]:
    with store.read() as read:
        return _read_sites_with_meals(read)


def _read_sites_with_meals(read: Session) -> list[str]:
    return sites_with_meals(read, kitchen_here().codes, today() - AROUND, today() + AROUND)


def _address_of_day_at_site(day: date, site: str) -> str:
    return url_for("menus.show", jour=day.isoformat(), lieu=site)
