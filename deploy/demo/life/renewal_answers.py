"""Families answer an open renewal on their page of the portal: most come back, some do not."""

import time
from collections.abc import Callable, Sequence
from typing import Any

from deploy.applied_town import Applied
from deploy.demo.life.acts.family import FamilyActs
from deploy.demo.life.browser import Browser

ANSWERING = 14
COME_BACK, DO_NOT = "Confirmer", "Pas l’an prochain"
DO_NOT_EVERY = 4
"""One family in so many."""
LINES_SECONDS = 90.0
"""Timeout from the opening of a campaign until all families' pages show it."""
COME = range(2015, 2024)
"""Birth years of the children who come to the centres."""


class Renewing:
    """The families that answer first."""

    def __init__(self, applied: Applied, families: FamilyActs) -> None:
        self._portal, self._families = applied.instance.pages_url("portal"), families
        self._end = 0.0

    def renewal_acts(self) -> list[tuple[str, Sequence[object], Callable[[Any], None]]]:
        """Return what is to be done."""
        coming = [
            each
            for each in self._families.children_linked_to_provider("mdq")
            if each.birth_year in COME
        ]
        members = coming[1::9][:ANSWERING]
        wanted = [(each.login, at % DO_NOT_EVERY == 0) for at, each in enumerate(members, 1)]
        return [("renewal answers", wanted, self._answer_renewal)]

    def _answer_renewal(self, wanted: tuple[str, bool]) -> None:
        """Answer the first line that is asked; a family without one has nothing to say."""
        login, leaves = wanted
        browser = Browser(self._portal)
        browser.sign_in_family(login)
        self._end = self._end or time.monotonic() + LINES_SECONDS
        while time.monotonic() < self._end:
            browser.open_page("/rentree")
            if browser.has_button(COME_BACK):
                browser.press_button(DO_NOT if leaves else COME_BACK)
                return
            time.sleep(1)
