"""The guardian's own households: their names where there are several, and choosing one."""

from collections.abc import Sequence

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.portal_gateway.overview.queries.family import current_overview
from services.portal_gateway.session import current_user
from shared.contracts.dossier import guardians
from shared.contracts.errors import NotFound, Refusal
from shared.contracts.values import OfHousehold
from shared.web.addresses import fields as addresses
from shared.web.session.request_rounds import round_request


def own_households() -> tuple[str, ...]:
    """Return the guardian's own households; raises NotFound where there is none yet."""
    own = current_overview().family.households
    if not own:
        raise NotFound
    return own


def own_address_as_fields() -> dict[str, str]:
    """
    Return the address of who is signed in as form fields; none where there are several homes.

    It saves typing: where the dossier does not answer, the form is shown without.
    """
    own = current_overview().family.households
    if len(own) != 1:
        return {}
    try:
        home = current_user.ask(guardians.my_household, OfHousehold(own[0]))
    except Refusal:
        return {}
    return addresses.field_values(home.addresses[0]) if home.addresses else {}


def household_names(own: tuple[str, ...], answers: Sequence[object]) -> dict[str, str]:
    """Name several households by their guardians, as far as the dossier answers."""
    return {
        household: _(
            "Foyer de %(names)s", names=_(" et ").join(g["name"] for g in answer.guardians)
        )
        if isinstance(answer, guardians.MyHouseholdAnswer)
        else _("Foyer %(number)s", number=at)
        for at, (household, answer) in enumerate(zip(own, answers, strict=True), start=1)
    }


def choose_household(endpoint: str, title: str) -> ResponseReturnValue:
    """Lead to the page of the only household, or let one of several be chosen."""
    own = own_households()
    if len(own) == 1:
        return redirect(url_for(endpoint, household_id=own[0]))
    answers = current_user.ask_all(
        *(round_request(guardians.my_household, OfHousehold(each)) for each in own)
    )
    names = household_names(own, answers)
    return render_template("portal/addresses.html", names=names, to=endpoint, title=title)
