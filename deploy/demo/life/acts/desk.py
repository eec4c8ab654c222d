"""Orders of agents at their desks, as on pages: answer families, open next year's renewal."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from deploy.applied_town import Applied
from deploy.demo.invented.account_holders import DemoAgent
from deploy.demo.life.browser import Browser
from deploy.demo.plan import Plan
from deploy.processes.process_plan import office_urls
from shared.dates.clock import today
from shared.dates.periods import monday_of

RENEWING = ("mdq", "agg")
"""The providers whose campaigns are open: they ask early."""
ANSWERS = {
    "ens": "Bonjour, c’est noté, nous transmettons à l’école. Bonne journée.",
    "mdq": "Bonjour, oui, un pique-nique froid dans un sac à dos. À mercredi !",
}
ANSWERED_EACH = 2
COOKED = ("ens",)
Dishes = tuple[tuple[str, ...], ...]
DISHES: tuple[Dishes, ...] = (
    (
        ("starter", "Velouté de courge", "lait"),
        ("main", "Rôti de porc", "aucun"),
        ("main", "Omelette aux herbes", "œufs", "végétarien, sans porc"),
        ("side", "Purée de céleri", "céleri, lait"),
        ("dessert", "Compote de pommes", "aucun"),
    ),
    (
        ("starter", "Betteraves", "moutarde"),
        ("main", "Lasagnes de légumes", "gluten, lait, œufs"),
        ("dairy", "Yaourt nature", "lait"),
        ("dessert", "Poire", "aucun"),
    ),
    (
        ("starter", "Salade de lentilles", "moutarde"),
        ("main", "Gratin de chou-fleur", "lait, gluten"),
        ("dessert", "Pomme", "aucun"),
        ("bread", "Pain", "gluten"),
    ),
    (
        ("starter", "Carottes râpées", "moutarde"),
        ("main", "Poisson pané", "poisson, gluten"),
        ("main", "Galette de lentilles", "gluten", "végétarien"),
        ("side", "Riz", "aucun"),
        ("dessert", "Crème au chocolat", "lait"),
    ),
)
"""Course, name, allergens and menus of the dishes of each school day."""
ADULTS = {f"staff-{at}": str(2 + at % 3) for at in range(40)}
"""Meals of the staff at each site of the form; lines that it has not are left aside."""
SCHOOL_DAYS = (0, 1, 3, 4)
"""Days of the week on which a canteen serves, Monday 0."""


def _fields(dishes: Dishes) -> dict[str, str]:
    """Return the fields of the form of a menu."""
    return {
        f"{name}-{at}": value
        for at, dish in enumerate(dishes)
        for name, value in zip(("course", "name", "allergens", "menus"), dish, strict=False)
    }


class DeskActs:
    """The acts of one demonstration's agents."""

    def __init__(self, applied: Applied, plan: Plan) -> None:
        self._plan, self._desks = plan, office_urls(applied)

    def acts(self) -> list[tuple[str, Sequence[object], Callable[[Any], None]]]:
        """Return what is to be done, in its order."""
        return [
            ("answers", [code for code in ANSWERS if code in self._desks], self._answer_families),
            ("menus", [code for code in COOKED if code in self._desks], self._write_menus),
            ("renewal", [code for code in RENEWING if code in self._desks], self._open_renewal),
        ]

    def _answer_families(self, provider: str) -> None:
        """Answer what waits longest, not all of it."""
        browser = self._signed_in(provider, "school_desk", "reception")
        browser.open("/messages")
        for thread in browser.links(f"{self._desks[provider]}/messages/")[:ANSWERED_EACH]:
            browser.open(thread)
            if browser.has("Envoyer"):
                browser.press("Envoyer", body=ANSWERS[provider])

    def _write_menus(self, provider: str) -> None:
        """Write two weeks of menus at one site, copy them, type adults, and order what is next."""
        browser = self._signed_in(provider, "kitchen")
        monday = monday_of(today())
        for week in (monday, monday + timedelta(days=7)):
            for offset, dishes in zip(SCHOOL_DAYS, DISHES, strict=True):
                browser.open(f"/cuisine/menus?jour={week + timedelta(days=offset)}")
                if not browser.has("Enregistrer le menu"):
                    return
                browser.press("Enregistrer le menu", **_fields(dishes))
            if browser.has("Copier cette semaine aux autres lieux"):
                browser.press("Copier cette semaine aux autres lieux")
        browser.open("/cuisine/adultes")
        if browser.has("Noter les repas d’adultes"):
            browser.press("Noter les repas d’adultes", **ADULTS, week="yes")
        browser.open("/cuisine")
        if browser.has("Valider"):
            browser.press("Valider")

    def _open_renewal(self, provider: str) -> None:
        """Copy this year's offer into the next, and ask families who has a place."""
        browser = self._signed_in(provider, "administrator")
        browser.open(f"/offre/copier/{self._plan.offer.school_year}")
        if browser.has("Reprendre en brouillon"):
            browser.press("Reprendre en brouillon")
        browser.open("/rentree/nouvelle")
        browser.press("Enregistrer le brouillon")
        browser.press("Ouvrir")

    def _signed_in(self, provider: str, *roles: str) -> Browser:
        who: DemoAgent = next(
            agent
            for agent in self._plan.journal.town.agents()
            if agent.provider == provider and set(roles) & set(agent.roles)
        )
        browser = Browser(self._desks[provider])
        browser.sign_in(who)
        return browser
