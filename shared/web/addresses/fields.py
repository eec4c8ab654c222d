"""
An address of a form: its commune chosen among the town file's, written, or of another country.

The town's list of streets says which postcodes a commune has; a street that it does not know is
taken as it was written, for lists are older than houses.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypedDict

from flask import Flask
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from shared.register import Commune
from shared.runtime.reloading_file import ReloadingFile
from shared.text import folded
from shared.town.addresses.postcodes import is_french_postcode, tidy_postcode
from shared.town.addresses.street_list import StreetList
from shared.web.addresses import completion
from shared.web.addresses.completion import streets_here
from shared.web.base.app import shell_here
from shared.web.forms.form_data import Form

FIELDS = ("street", "postcode", "insee", "commune")
LONGEST = {"street": 160, "postcode": 10, "commune": 80}
ELSEWHERE, ABROAD = "other", "abroad"
"""Codes for a commune that the town file does not list, or for another country: it is written."""
LABELS = {
    "street": _l("Numéro et rue"),
    "postcode": _l("Code postal"),
    "insee": _l("Commune"),
    "commune": _l("Nom de la commune"),
}


class WrittenAddress(TypedDict):
    """An address as contracts take it; `insee` "" where the town file has no such commune."""

    street: str
    postcode: str
    insee: str
    commune: str


@dataclass(frozen=True)
class AddressChoices:
    """Choices that the fields of an address offer."""

    communes: list[tuple[Commune, str]]
    """Each with its postcodes, parted by spaces, as far as the list has them."""
    usual_postcode: str
    elsewhere: str = ELSEWHERE
    abroad: str = ABROAD


def install(app: Flask, streets: ReloadingFile[StreetList] | None) -> None:
    """Let pages of an application take addresses, completed from the town's list."""
    completion.install(app, streets)
    app.jinja_env.globals["address_choices"] = address_choices


def address_choices() -> AddressChoices:
    """Return what the fields of an address offer on this page."""
    streets = streets_here()
    return AddressChoices(
        [(commune, " ".join(streets.postcodes_of(commune.insee))) for commune in communes()],
        streets.usual_postcode,
    )


def communes() -> list[Commune]:
    """Return the communes of the town file, each once, by name."""
    rows = {commune.insee: commune for commune in shell_here().register.now.communes}
    return sorted(rows.values(), key=lambda commune: folded(commune.name))


def communes_by_code() -> dict[str, str]:
    return {commune.insee: commune.name for commune in communes()}


def field_values(address: Mapping[str, str] | WrittenAddress) -> dict[str, str]:
    """Return a kept address as its fields show it."""
    postcode, insee = address["postcode"], address["insee"]
    listed = insee in communes_by_code()
    chosen = insee if listed else "" if not address["commune"] else ELSEWHERE
    if chosen == ELSEWHERE and postcode and not is_french_postcode(postcode):
        chosen = ABROAD
    return {
        "street": address["street"],
        "postcode": postcode,
        "insee": chosen,
        "commune": "" if listed else address["commune"],
    }


def check_address(form: Form, whole: bool = True) -> None:
    """Put what is wrong with an address into its form; a draft, not `whole`, may lack parts."""
    form.values["postcode"] = tidy_postcode(form.value("postcode"))
    if whole:
        _check_presence(form)
    _check_lengths(form)
    _check_postcode(form)


def check_written_commune(form: Form) -> None:
    """Check the postcode of an address whose commune is written; of another country it says so."""
    form.values["postcode"] = tidy_postcode(form.value("postcode"))
    if not is_french_postcode(form.value("postcode")) and "," not in form.value("commune"):
        form.errors["postcode"] = _(
            "Un code postal de France a cinq chiffres. Hors de France, écrivez le pays après la "
            "commune : « Gand, Belgique »."
        )


def read_address(form: Form) -> WrittenAddress:
    """Return the address of a form, in the words of contracts."""
    names, insee = communes_by_code(), form.value("insee")
    return {
        "street": form.value("street"),
        "postcode": tidy_postcode(form.value("postcode")),
        "insee": insee if insee in names else "",
        "commune": names.get(insee) or form.value("commune"),
    }


def _check_presence(form: Form) -> None:
    if not form.value("street"):
        form.errors["street"] = _("Écrivez le numéro et la rue.")
    if not form.value("postcode"):
        form.errors["postcode"] = _("Écrivez le code postal.")
    if form.value("insee") not in {*communes_by_code(), ELSEWHERE, ABROAD}:
        form.errors["insee"] = _("Choisissez la commune.")
    elif form.value("insee") in (ELSEWHERE, ABROAD) and not form.value("commune"):
        form.errors["commune"] = _("Écrivez le nom de la commune.")


def _check_lengths(form: Form) -> None:
    for name, most in LONGEST.items():
        if len(form.value(name)) > most:
            form.errors[name] = _("%(most)s caractères au plus.", most=most)


def _check_postcode(form: Form) -> None:
    """
    Check the postcode of a form against what France has, then against what the chosen commune has.
    """
    postcode, insee = form.value("postcode"), form.value("insee")
    if "postcode" in form.errors or not postcode or insee == ABROAD:
        return
    own = streets_here().postcodes_of(insee)
    if not is_french_postcode(postcode):
        form.errors["postcode"] = _(
            "Un code postal de France a cinq chiffres. Hors de France, choisissez « Autre pays » "
            "comme commune."
        )
    elif own and postcode not in own:
        form.errors["postcode"] = _(
            "Le code postal de %(commune)s est %(postcodes)s.",
            commune=communes_by_code()[insee],
            postcodes=_postcodes_in_words(own),
        )


def _postcodes_in_words(postcodes: list[str]) -> str:
    *most, last = postcodes
    return _("%(these)s ou %(last)s", these=", ".join(most), last=last) if most else last
