"""
The 14 allergens that a menu has to name (regulation EU 1169/2011, annex II), and how people write
them. Pure.

A child's allergy may be to none of them (kiwi, pea): that is OTHER, and never matches a dish.
"""

from collections.abc import Mapping

from shared.contracts.sections.section import N_
from shared.text import folded

GLUTEN, EGGS, FISH, MILK = "gluten", "eggs", "fish", "milk"
ALLERGENS: Mapping[str, str] = {
    GLUTEN: N_("Gluten"),
    "crustaceans": N_("Crustacés"),
    EGGS: N_("Œufs"),
    FISH: N_("Poissons"),
    "peanuts": N_("Arachides"),
    "soya": N_("Soja"),
    MILK: N_("Lait"),
    "nuts": N_("Fruits à coque"),
    "celery": N_("Céleri"),
    "mustard": N_("Moutarde"),
    "sesame": N_("Sésame"),
    "sulphites": N_("Sulfites"),
    "lupin": N_("Lupin"),
    "molluscs": N_("Mollusques"),
}
OTHER = "other"
"""An allergy that is to none of the fourteen, or of which the family has not said to which."""

_ALSO: Mapping[str, tuple[str, ...]] = {
    GLUTEN: ("ble", "cereales contenant du gluten", "cereales"),
    EGGS: ("oeuf",),
    FISH: ("poisson",),
    "crustaceans": ("crustace",),
    "peanuts": ("arachide", "cacahuete", "cacahuetes"),
    "soya": ("soya",),
    MILK: ("lactose", "lait de vache", "produits laitiers"),
    "nuts": ("fruit a coque", "fruits a coques", "noix", "noisettes"),
    "celery": ("celeris",),
    "sesame": ("graines de sesame",),
    "sulphites": ("sulfite", "anhydride sulfureux et sulfites", "so2"),
    "molluscs": ("mollusque",),
}
_WRITTEN: Mapping[str, str] = {
    folded(word).replace("_", " "): code
    for code, label in ALLERGENS.items()
    for word in (label, *_ALSO.get(code, ()))
}


def read_allergen(written: str) -> str | None:
    """Return the code of an allergen as somebody wrote it; None where it is none of the 14."""
    return _WRITTEN.get(" ".join(folded(written.replace("_", " ")).split()))
