"""Navigation of the desk: entries, grouped by work for an agent who has many."""

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l

from shared.web.base.app import Tab, TabGroup

MOST_IN_ONE_ROW = 8
"""Entries that are found at a glance; with more, they are grouped."""

WORK: tuple[tuple[object, frozenset[str]], ...] = (
    (
        _l("Le jour"),
        frozenset(
            {
                "today",
                "roll_call",
                "relays",
                "planning",
                "expected",
                "kitchen",
                "staff",
                "closures",
                "messages",
                "received",
            }
        ),
    ),
    (_l("Les enfants"), frozenset({"waiting", "children", "groups"})),
    (_l("Les demandes"), frozenset({"applications", "renewals", "schools"})),
    (_l("L’offre"), frozenset({"offer", "calendar", "tariffs"})),
    (
        _l("La régie"),
        frozenset(
            {
                *("regie_overview", "regie_closing", "regie_payers", "regie_counter"),
                *("regie_arrears", "regie_treasury", "regie_certificates", "regie_letters"),
            }
        ),
    ),
    (_l("Les chiffres"), frozenset({"figures"})),
    (_l("Réglages"), frozenset({"tablets", "agents"})),
)
"""Kinds of work with the pages that belong to each; a page that none names is of the day."""


def tabs_grouped_by_work(tabs: Sequence[Tab]) -> tuple[TabGroup, ...]:
    """Return the entries by work, in the order of work; () where they stand in one row."""
    if len(tabs) <= MOST_IN_ONE_ROW:
        return ()
    named = frozenset().union(*(pages for _label, pages in WORK))
    groups = []
    for at, (label, pages) in enumerate(WORK):
        own = tuple(
            tab
            for tab in tabs
            if _page_of_tab(tab) in pages or (at == 0 and _page_of_tab(tab) not in named)
        )
        if own:
            groups.append(TabGroup(label, own))
    return tuple(groups)


def _page_of_tab(tab: Tab) -> str:
    return tab.endpoint.partition(".")[0]
