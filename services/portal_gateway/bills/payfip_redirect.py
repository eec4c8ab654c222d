"""
Page that sends the browser on to PayFiP by itself.

A form whose answer redirects to another site would need that site in the content security policy of
its page, which is sent before billing has returned the address.
"""

from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import render_template
from flask_babel import gettext as _

from shared.contracts.errors import Failed
from shared.contracts.message import ContractBroken, Method

Q = TypeVar("Q")


def payfip_redirect_page(address: str) -> str:
    """Return the page that goes on to PayFiP; raises Failed for what is no address of the web."""
    site = urlsplit(address)
    if site.scheme not in ("https", "http") or not site.hostname:
        raise Failed
    return render_template("portal/to_payment.html", address=address, host=site.hostname)


def email_mistake(method: Method[Q, Any], request: Q) -> str:
    """Return what is wrong with an e-mail address, as the contract has it; "" where nothing is."""
    try:
        method.load_request(method.dump_request(request))
    except ContractBroken as broken:
        if "email" in broken.errors:
            return _("Écrivez une adresse e-mail, par exemple prenom.nom@exemple.fr.")
    return ""
