"""Projection « family »: ids of guardians and the households of each week; no section feeds it."""

from datetime import date

from shared.contracts.sections.section import N_, Content, Contents, Projection


def _project_family(contents: Contents, _day: date) -> Content:
    """
    Return ids alone: who may act for the child, and of which household each week is.

    `last_day` is there where the child leaves the town after it: no day later is of any home. The
    publisher adds `same_child` where a provider has the child under other ids too.
    """
    family = contents.get("family", {})
    rare = {name: list(family[name]) for name in ("carers", "protected") if family.get(name)}
    leaves = {"last_day": family["last_day"]} if "last_day" in family else {}
    return {
        "guardians": list(family.get("guardians", [])),
        "weeks": family.get("weeks"),
        **rare,
        **leaves,
    }


FAMILY_PROJECTION = Projection(
    code="family",
    fed_by=(),  # guardianships and households: no section holds them
    compute=_project_family,
    filled=lambda content: bool(content["guardians"]),
    label=N_("Qui peut l’inscrire et réserver"),
    desk_label=N_("Famille"),
    icon="account",
    held_as=(
        "qui peut inscrire l’enfant, ou l’a chez lui et depuis quand, de quel foyer est chaque "
        "jour (numéros sans noms), et le dernier jour avant un départ"
    ),
    read=False,
)
