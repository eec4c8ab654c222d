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


def _fields_of_menu_form(dishes: Dishes) -> dict[str, str]:
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

    def acts_at_desk(self) -> list[tuple[str, Sequence[object], Callable[[Any], None]]]:
        """Return what is to be done, in its order."""
        return [
            (
                "answers",
                [code for code in ANSWERS if code in self._desks],
                self._answer_waiting_families,
            ),
            ("menus", [code for code in COOKED if code in self._desks], self._write_menus),
            ("renewal", [code for code in RENEWING if code in self._desks], self._open_renewal),
        ]

    def _answer_waiting_families(self, provider: str) -> None:
        """Answer what waits longest, not all of it."""
        browser = self._sign_agent_in(provider, "school_desk", "reception")
        browser.open_page("/messages")
        for thread in browser.links_holding(f"{self._desks[provider]}/messages/")[:ANSWERED_EACH]:
            browser.open_page(thread)
            if browser.has_button("Envoyer"):
                browser.press_button("Envoyer", body=ANSWERS[provider])

    def _write_menus(self, provider: str) -> None:
        """Write two weeks of menus at one site, copy them, type adults, and order what is next."""
        browser = self._sign_agent_in(provider, "kitchen")
        monday = monday_of(today())
        for week in (monday, monday + timedelta(days=7)):
            for offset, dishes in zip(SCHOOL_DAYS, DISHES, strict=True):
                browser.open_page(f"/cuisine/menus?jour={week + timedelta(days=offset)}")
                if not browser.has_button("Enregistrer le menu"):
                    return
                browser.press_button("Enregistrer le menu", **_fields_of_menu_form(dishes))
            if browser.has_button("Copier cette semaine aux autres lieux"):
                browser.press_button("Copier cette semaine aux autres lieux")
        browser.open_page("/cuisine/adultes")
        if browser.has_button("Noter les repas d’adultes"):
            browser.press_button("Noter les repas d’adultes", **ADULTS, week="yes")
        browser.open_page("/cuisine")
        if browser.has_button("Valider"):
            browser.press_button("Valider")

    def _open_renewal(self, provider: str) -> None:
        """Copy this year's offer into the next, and ask families who has a place."""
        browser = self._sign_agent_in(provider, "administrator")
        browser.open_page(f"/offre/copier/{self._plan.offer.school_year}")
        if browser.has_button("Reprendre en brouillon"):
            browser.press_button("Reprendre en brouillon")
        browser.open_page("/rentree/nouvelle")
        browser.press_button("Enregistrer le brouillon")
        browser.press_button("Ouvrir")

    def _sign_agent_in(self, provider: str, *roles: str) -> Browser:
        who: DemoAgent = next(
            agent
            for agent in self._plan.journal.demo_town.read_demo_agents()
            if agent.provider == provider and set(roles) & set(agent.roles)
        )
        browser = Browser(self._desks[provider])
        browser.sign_in(who)
        return browser
