"""
Invented families, as many as wanted, the same for the same seed. Pure.

They are drawn as lines of demo-families.csv and demo-households.csv, hence read and checked like
those. Telephone numbers are from the ranges kept for fiction, addresses from domains that cannot
exist.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from deploy.demo.invented import names
from deploy.demo.invented.families import COLUMNS, Line
from shared.text import folded

SIZES = (1, 2, 3, 4)
SIZES_OF_A_HUNDRED = (40, 45, 12, 3)
YOUNGEST, OLDEST = 3, 14
"""Ages in years, in the calendar year in which the school year begins."""
CLASSES_OF_LEVEL = 2
"""Classes of a level at each school."""
GRADES = ("PS", "MS", "GS", "CP", "CE1", "CE2", "CM1", "CM2", "6e", "5e", "4e", "3e")
FIRST_OF_COLLEGE = GRADES.index("6e")
TWO_HOMES, ALONE = 0.06, 0.24
"""Shares of families: the children live in two households by turns; one guardian alone."""
SAID_NO_QUOTIENT, BY_MSA = 0.08, 0.06
DOMAINS = ("courriel.example", "poste.example", "maison.example")
"""Others than those of the written families, so that no two people share an address."""


@dataclass
class Drawn:
    """Lines of children and of households, in the columns of the demo's two files."""

    families: list[Line] = field(default_factory=list)
    households: list[Line] = field(default_factory=list)


def draw_families(seed: int, households: int, year: int) -> Drawn:
    """Return so many invented households; `year` is that in which the school year begins."""
    drawing = _Drawing(seed, year)
    while len(drawing.drawn.households) < households:
        drawing.draw_family(may_have_two_homes=len(drawing.drawn.households) + 2 <= households)
    return drawing.drawn


class _Drawing:
    """One pack of families; each takes its chances in one order."""

    def __init__(self, seed: int, year: int) -> None:
        self.drawn = Drawn()
        self._seed, self._year = seed, year
        self._chance = Random(f"preau-families-{seed}")
        self._logins: set[str] = set()
        self._children = 0

    def draw_family(self, *, may_have_two_homes: bool) -> None:
        """Draw one family: a household, or two between which the children change."""
        chance = self._chance
        surname = chance.choice(names.FAMILIES)
        mother = f"{chance.choice(names.MOTHERS)} {surname}"
        father = f"{chance.choice(names.FATHERS)} {self._fathers_name(surname)}"
        kind = chance.random()
        home = self._draw_household()
        children = [self._draw_child(surname, born, home) for born in self._draw_births()]
        if kind < TWO_HOMES and may_have_two_homes:
            self._add_children(home, [mother], children, weeks="paires")
            other = self._draw_household()
            known = [{"enfant": child["enfant"]} for child in children]
            self._add_children(other, [father], known, weeks="impaires")
        elif kind < TWO_HOMES + ALONE:
            self._add_children(home, [mother if chance.random() < 0.85 else father], children)
        else:
            self._add_children(home, [mother, father], children)

    def _fathers_name(self, surname: str) -> str:
        return surname if self._chance.random() < 0.7 else self._chance.choice(names.FAMILIES)

    def _draw_household(self) -> Line:
        chance = self._chance
        commune, insee, postcode, _, _ = chance.choices(
            names.LIVED_IN, weights=[each[-1] for each in names.LIVED_IN]
        )[0]
        draw = chance.random()
        line = {
            "foyer": f"D{self._seed}-{len(self.drawn.households) + 1:04}",
            "rue": f"{chance.randrange(1, 60)} {chance.choice(names.STREETS)}",
            "code_postal": postcode,
            "insee": insee,
            "commune": commune,
            "depuis": f"{self._year - 2}-09-01",
            "quotient": "" if draw < SAID_NO_QUOTIENT else str(self._draw_quotient()),
            "organisme": "msa" if draw > 1 - BY_MSA else "caf",
            "quotient_depuis": f"{self._year}-09-01",
        }
        if not line["quotient"]:
            line["organisme"] = line["quotient_depuis"] = ""
        self.drawn.households.append(line)
        return line

    def _draw_quotient(self) -> int:
        """
        Return a drawn quotient in cents a month: half of the families have between 550 and 1,250
        euros.
        """
        return min(450_000, round(self._chance.lognormvariate(6.72, 0.6)) * 100)

    def _draw_births(self) -> list[date]:
        chance = self._chance
        how_many = chance.choices(SIZES, weights=SIZES_OF_A_HUNDRED)[0]
        born = date(self._year - YOUNGEST, 1, 1) + timedelta(days=chance.randrange(365))
        born -= timedelta(days=chance.randrange(9 * 365))
        births = [born]
        for _ in range(how_many - 1):
            born -= timedelta(days=chance.randrange(400, 1300))
            if born.year >= self._year - OLDEST:
                births.append(born)
        return births

    def _draw_child(self, surname: str, born: date, home: Line) -> Line:
        chance = self._chance
        self._children += 1
        line = dict.fromkeys(COLUMNS, "")
        line |= {
            "enfant": f"DE{self._seed}-{self._children:04}",
            "prenom": chance.choice(names.CHILDREN),
            "nom": surname,
            "naissance": born.isoformat(),
        }
        line |= self._draw_schooling(born, home) | self._draw_care(line["prenom"], surname)
        return line | {"services": " ".join(self._draw_services(line))}

    def _draw_schooling(self, born: date, home: Line) -> Line:
        grade = self._year - born.year - YOUNGEST
        if grade >= FIRST_OF_COLLEGE:
            code = GRADES[grade]
            return {
                "ecole": names.COLLEGE,
                "niveau": code,
                "classe": f"{code} {self._chance.choice('ABCD')}",
            }
        schools = next(each[3] for each in names.LIVED_IN if each[0] == home["commune"])
        drawn = names.TEACHERS.index(self._chance.choice(names.TEACHERS))
        two_of_level = CLASSES_OF_LEVEL * grade + drawn % CLASSES_OF_LEVEL
        teacher = names.TEACHERS[two_of_level % len(names.TEACHERS)]
        return {
            "ecole": self._chance.choice(schools),
            "niveau": GRADES[grade],
            "classe": f"{GRADES[grade]}, {teacher}",
        }

    def _draw_care(self, first: str, surname: str) -> Line:
        chance = self._chance
        cells: Line = {}
        if chance.random() < 0.8:
            cells["menu"] = chance.choice(names.MENUS)
            cells["sans"] = chance.choice(names.WITHOUT) if chance.random() < 0.04 else ""
        if chance.random() < 0.08:
            cells["allergies"] = chance.choice(names.ALLERGIES)
        if chance.random() < 0.03:
            signs, conduct = chance.choice(names.PLANS)
            kit = f"Trousse rouge au nom de {first}, bureau de la direction."
            cells["pai"] = f"{signs} / {conduct} / {kit} / {self._year + 1}-07-05"
        if chance.random() < 0.03:
            cells["traitements"] = chance.choice(names.TREATMENTS)
        if chance.random() < 0.05:
            cells["remarques"] = chance.choice(names.REMARKS)
        if chance.random() < 0.5:
            cells["vaccins"] = "oui"
        if chance.random() < 0.45:
            at = chance.randrange(len(names.KIN))
            who = chance.choice(names.MOTHERS if at % 2 == 0 else names.FATHERS)
            cells["recuperation"] = f"{who} {surname} / {names.KIN[at]} / {self._draw_landline()}"
        return cells

    def _draw_services(self, line: Line) -> Iterator[str]:
        chance = self._chance
        in_school = line["ecole"] != names.COLLEGE
        if in_school:
            yield "ens"
        if chance.random() < (0.42 if in_school else 0.15) and (
            line["ecole"] in names.IN_TOWN or not in_school
        ):
            yield "mdq"
        if chance.random() < 0.36:
            yield "agg"
        if in_school and line["ecole"] not in names.IN_TOWN and chance.random() < 0.4:
            yield "dsp"

    def _add_children(
        self, home: Line, adults: list[str], children: list[Line], weeks: str = ""
    ) -> None:
        """Add a household's children, each with the guardians that it has here."""
        guardians: Line = {"responsable_2": "", "courriel_2": ""}
        people = []
        for number, name in enumerate(adults, start=1):
            guardians[f"responsable_{number}"] = name
            guardians[f"courriel_{number}"] = self._draw_login(name, 0.97 if number == 1 else 0.8)
            relation = "mère" if name.rsplit(" ", 1)[0] in names.MOTHERS else "père"
            people.append(f"{name} / {relation} / {self._draw_mobile()}")
        for child in children:
            line = dict.fromkeys(COLUMNS, "") | child | guardians
            line |= {"foyer": home["foyer"], "semaines": weeks}
            if line["prenom"]:
                line["contacts"] = " | ".join(people)
            self.drawn.families.append(line)

    def _draw_login(self, name: str, often: float) -> str:
        if self._chance.random() > often:
            return ""
        plain = folded(name).replace(" ", ".").replace("-", ".")
        domain = self._chance.choice(DOMAINS)
        number = 2
        login = f"{plain}@{domain}"
        while login in self._logins:
            login, number = f"{plain}{number}@{domain}", number + 1
        self._logins.add(login)
        return login

    def _draw_mobile(self) -> str:
        return f"06 39 98 {self._chance.randrange(100):02} {self._chance.randrange(100):02}"

    def _draw_landline(self) -> str:
        return f"02 61 91 {self._chance.randrange(100):02} {self._chance.randrange(100):02}"
