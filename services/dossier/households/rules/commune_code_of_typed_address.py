"""Addresses as an agent types them, in the words of the town file."""

from datetime import date

from shared.contracts.dossier.families.safeguarding import NewAddress
from shared.contracts.dossier.guardians import Address
from shared.register import Register
from shared.text import folded


def address_with_commune_code(register: Register, typed: NewAddress, valid_from: date) -> Address:
    """Return an address with the INSEE code of its commune, none for one out of the town."""
    listed = {folded(commune.name): commune for commune in register.now.communes}
    commune = listed.get(folded(typed["commune"]))
    return Address(
        street=typed["street"],
        postcode=typed["postcode"],
        insee=commune.insee if commune else "",
        commune=commune.name if commune else typed["commune"],
        valid_from=valid_from,
    )
