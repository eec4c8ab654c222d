"""
Projection « residence »: the communes of a child's homes, dated; no section feeds it.

For activities kept for inhabitants, and nothing else: no street, and no name of the home.
"""

from datetime import date

from shared.contracts.sections.section import N_, Content, Contents, Projection


def _project_dated_communes(contents: Contents, _day: date) -> Content:
    """Return for each home its communes with the day from which it is there, the latest first."""
    return {"homes": [list(home) for home in contents.get("residence", {}).get("homes", [])]}


def communes_on(content: Content, day: date) -> frozenset[str]:
    """
    Return the INSEE codes of the communes where a child lives on a day; none if not known.

    "" is a commune that the town file does not name.
    """
    begun = (
        [row for row in home if row["valid_from"] <= day.isoformat()]
        for home in content.get("homes", ())
    )
    return frozenset(
        max(rows, key=lambda row: row["valid_from"])["insee"] for rows in begun if rows
    )


RESIDENCE_PROJECTION = Projection(
    code="residence",
    fed_by=(),  # addresses of households: no section holds them
    compute=_project_dated_communes,
    filled=lambda content: any(content["homes"]),
    label=N_("La commune où il habite"),
    desk_label=N_("Commune"),
    icon="home",
    held_as="commune de chaque foyer de l’enfant et depuis quand (code INSEE, sans adresse)",
    read=False,
)
