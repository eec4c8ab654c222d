"""Menus and schools of the children of who is signed in: what the page of menus shows first."""

from dataclasses import dataclass

from services.portal_gateway.session import current_user
from services.portal_gateway.session.queries.children import last_known_family
from shared.contracts.dossier import guardians
from shared.contracts.errors import NotSignedIn, Refusal
from shared.web.session.request_rounds import round_request

DIET = "diet"
WAITS = 1.0
"""Seconds after which the menus of everybody are shown: a page that anybody opens does not wait."""


@dataclass(frozen=True)
class OwnMenus:
    """The menus chosen for these children, each once, and their schools; none for a visitor."""

    menus: tuple[str, ...] = ()
    schools: tuple[str, ...] = ()


def own_menus() -> OwnMenus:
    """Return what the family's children eat; what the dossier does not answer is left out."""
    open_session = current_user.current_session()
    children = last_known_family(open_session).wards if open_session else []
    if not children:
        return OwnMenus()
    schools = tuple(dict.fromkeys(child.school for child in children if child.school))
    requests = [
        round_request(guardians.read_section, guardians.ReadSectionRequest(child.id, DIET))
        for child in children
    ]
    try:
        answers = current_user.ask_all(*requests, deadline=WAITS)
    except NotSignedIn:
        return OwnMenus(schools=schools)
    menus = [answer.content.get("menu") for answer in answers if not isinstance(answer, Refusal)]
    return OwnMenus(tuple(dict.fromkeys(menu for menu in menus if menu)), schools)
