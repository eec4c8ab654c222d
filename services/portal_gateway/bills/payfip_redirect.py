"""The way to PayFiP: the page that leads there, and the address that PayFiP takes for a ticket."""

from typing import Any, TypeVar

from flask_babel import gettext as _

from shared.contracts.message import ContractBroken, Method
from shared.web.base.onward import onward_page

Q = TypeVar("Q")


def payfip_redirect_page(address: str) -> str:
    """Return the page that goes on to PayFiP; raises Failed for what is no address of the web."""
    return onward_page(
        address,
        _("Vers le paiement"),
        _(
            "Vous allez sur %(site)s, le site de paiement des finances publiques. "
            "Vous revenez ici ensuite."
        ),
        _("Aller au paiement"),
    )


def email_mistake(method: Method[Q, Any], request: Q) -> str:
    """Return what is wrong with an e-mail address, as the contract has it; "" where nothing is."""
    try:
        method.load_request(method.dump_request(request))
    except ContractBroken as broken:
        if "email" in broken.errors:
            return _("Écrivez une adresse e-mail, par exemple prenom.nom@exemple.fr.")
    return ""
