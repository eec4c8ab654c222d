"""Words of the town's own lists: its diets, as families and kitchens read them."""

from flask import current_app
from flask_babel import gettext

from shared.contracts.sections.care.town_diets import USUAL_DIETS, TownDiets
from shared.web.language.languages import text_of_town


def diet_words(code: str) -> str:
    """Return what a diet is called; one that is no longer offered says so, and stays readable."""
    diets: TownDiets = current_app.extensions["preau_shell"].register.now.diets
    known = diets.by_code.get(code) or USUAL_DIETS.by_code.get(code)
    label = text_of_town(known, "label") if known else code
    if diets.is_offered(code):
        return label
    return gettext("%(label)s (n’est plus proposé)", label=label)
