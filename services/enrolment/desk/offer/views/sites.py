"""Page of the sites where groups meet, on which the administrator gives one another name."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.enrolment.desk.access import agent
from services.enrolment.desk.offer.activity_and_group_forms import MOST_NAME
from services.enrolment.kitchen.commands.menus import rename_kitchen_site
from services.enrolment.offer.commands.site_renaming import NameTaken, rename_site
from services.enrolment.offer.queries.sites import sites_of_groups
from services.enrolment.store import store
from shared.contracts.errors import NotFound
from shared.dates.clock import now
from shared.web.forms.form_data import Form

blueprint = Blueprint("offer_sites", __name__, url_prefix="/offre/lieux")


@blueprint.get("")
@agent.for_administrators
def show() -> str:
    """Show the sites, or the form that renames one of them."""
    site = request.args.get("lieu", "")
    return _page(site, Form({"name": site}))


@blueprint.post("")
@agent.for_administrators
def rename() -> ResponseReturnValue:
    """Give a site another name, in all of its groups and rights."""
    site, name = request.form.get("lieu", ""), request.form.get("name", "").strip()
    form = Form({"name": name})
    if not name:
        form.errors["name"] = _("Écrivez le nom du lieu.")
        return _page(site, form), 422
    try:
        with store.write() as write:
            present = rename_site(write, site, name[:MOST_NAME], now())
            if present != site:
                rename_kitchen_site(write, site, present)
    except NameTaken:
        form.errors["name"] = _(
            "Un autre lieu porte ce nom ou l’a porté, ou un droit y est donné : choisissez-en un "
            "autre."
        )
        return _page(site, form), 422
    except NotFound:
        abort(404)
    flash("site_renamed")
    return redirect(url_for("offer_sites.show"), 303)


def _page(site: str, form: Form) -> str:
    form.labels = {"name": _("Nom du lieu")}
    with store.read() as read:
        sites = sites_of_groups(read)
    if site and site not in {each.name for each in sites}:
        abort(404)
    return render_template(
        "desk/offer/sites.html", form=form, site=site, sites=sites, most=MOST_NAME
    )
