"""
Ten invented children for a provider on trial, the same for the same seed. Pure.

Nobody here exists: telephone numbers are of the range kept for fiction, names are drawn from a
list. Together they show what a desk has to cope with: allergies, a PAI, a diet, twins.
"""

from datetime import date, timedelta
from random import Random

from shared.contracts.sections.care.town_diets import FOODS, MENUS, USUAL_DIETS, TownDiets
from shared.json_values import JsonObject

CHILDREN = 10
YOUNGEST, OLDEST = 3, 11
FIRST_NAMES = (
    "Adèle", "Bastien", "Capucine", "Damien", "Élise", "Florian", "Garance", "Hugo", "Inès",
    "Jules", "Katell", "Léon", "Mila", "Nathan", "Ophélie", "Paul", "Rose", "Samir", "Thaïs",
    "Victor",
)  # fmt: skip
LAST_NAMES = (
    "Essai-Alizier", "Essai-Bouleau", "Essai-Charme", "Essai-Douglas", "Essai-Érable",
    "Essai-Frêne", "Essai-Genévrier", "Essai-Hêtre", "Essai-If",
)  # fmt: skip
"""Last names by which no one at the desk takes an invented child for a real one."""
SCHOOLS = (("École des Essais", "CP", "CP A"), ("École des Essais", "CE2", "CE2 B"))


def requests_of_invented_households(
    provider: str, seed: int, today: date, school_year_end: date, diets: TownDiets = USUAL_DIETS
) -> list[JsonObject]:
    """Return requests of dossier.import_household: nine households, the last one with twins."""
    chance = Random(f"{provider}-{seed}")
    names = chance.sample(FIRST_NAMES, CHILDREN)
    families = chance.sample(LAST_NAMES, CHILDREN - 1)
    sections = _draw_sections(chance, school_year_end, diets)
    households = []
    for number, family in enumerate(families, start=1):
        firsts = names[number - 1 :] if number == len(families) else [names[number - 1]]
        born = _draw_birth_date(chance, today)
        households.append(
            _household_request(
                provider, number, family, [(first, born) for first in firsts], sections
            )
        )
    return households


def _household_request(
    provider: str,
    number: int,
    family: str,
    children: list[tuple[str, date]],
    sections: list[JsonObject],
) -> JsonObject:
    reference = f"essai-{provider}-{number}"
    adult = f"{reference}-1"
    phone = f"06 39 98 {number:02} {number:02}"
    return {
        "reference": reference,
        "trial_of": provider,
        "guardians": [{"reference": adult, "name": f"Parent {family}", "email": ""}],
        "children": [
            {
                "reference": f"{reference}-e{place}",
                "guardians": [adult],
                "sections": _sections_of_child(first, family, born, phone) | sections[number - 1],
                "links": [provider],
            }
            for place, (first, born) in enumerate(children, start=1)
        ],
    }


def _sections_of_child(first: str, family: str, born: date, phone: str) -> JsonObject:
    people = [{"name": f"Parent {family}", "relation": "parent", "phone": phone}]
    school, grade, class_name = SCHOOLS[born.toordinal() % len(SCHOOLS)]
    return {
        "identity": {"first_name": first, "last_name": family, "birth_date": born.isoformat()},
        "contacts": {"people": people},
        "pickup": {"people": people},
        "schooling": {"school": school, "grade": grade, "class_name": class_name},
    }


def _draw_sections(chance: Random, until: date, diets: TownDiets) -> list[JsonObject]:
    """Return what is filled in beside, household by household, in an order drawn by the seed."""
    allergy = {"substance": "arachide", "severity": "severe", "reaction": "gonflement"}
    plan = {
        "signs": "gêne pour respirer",
        "conduct": "stylo, puis appeler le 15",
        "kit": "trousse rouge au bureau",
        "valid_until": until.isoformat(),
    }
    menus, foods = diets.codes_offered[MENUS], diets.codes_offered[FOODS]
    sections: list[JsonObject] = [
        {"health": {"allergies": [allergy], "care_plan": plan}},
        {"health": {"allergies": [allergy | {"substance": "œuf", "severity": "mild"}]}},
        {"diet": {"menu": menus[1 % len(menus)], "without": []}},
        {"diet": {"menu": menus[-1], "without": list(foods[:1])}},
    ]
    sections += [{} for _ in range(CHILDREN - 1 - len(sections))]
    chance.shuffle(sections)
    return sections


def _draw_birth_date(chance: Random, today: date) -> date:
    return today - timedelta(days=chance.randrange(YOUNGEST * 366, OLDEST * 365))
