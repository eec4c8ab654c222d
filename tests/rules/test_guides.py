"""Words that the guides name in bold stand on the pages, letter for letter."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import yaml
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir

PROJECT = Path(__file__).resolve().parents[2]
GUIDES = PROJECT / "docs" / "guides"
TOWN = PROJECT / "deploy" / "towns" / "demo.yaml"

PORTAL, FRONT_DESK = "services/portal_gateway", "services/portal_gateway/front_desk"
DESK, THEME = "services/enrolment/desk", "shared/web"
PAGES_OF = {
    "famille": [PORTAL, THEME],
    "agent": [DESK, FRONT_DESK, PORTAL, THEME],
    "directeur": [DESK, THEME],
    "regisseur": [DESK, THEME],
    "dpo": [PORTAL, FRONT_DESK, DESK, THEME],
    "dsi": [PORTAL, FRONT_DESK, DESK, THEME],
}
"""Applications whose pages each guide's reader sees."""

METHODS = [
    ("front_desk/**", "ignore"),
    ("**.py", "python"),
    ("**/templates/**.html", "jinja2"),
]
"""The front desk lies in the portal's folder, and is none of the families' pages."""
OPTIONS = {"**/templates/**.html": {"trimmed": "true", "newstyle_gettext": "true"}}
KEYWORDS = DEFAULT_KEYWORDS | {"_l": None, "N_": None}

LONGEST = 1600
"""Words of a guide: three printed pages."""


def guides() -> list[Path]:
    """Return the guides that are written; the index is none."""
    return [path for path in sorted(GUIDES.glob("*.md")) if path.stem != "README"]


@cache
def sentences(folder: str) -> tuple[str, ...]:
    """Return the French sentences of one application, as templates and code mark them."""
    found = extract_from_dir(PROJECT / folder, METHODS, OPTIONS, KEYWORDS)
    said = [message for _, _, message, _, _ in found]
    return tuple(each for one in said for each in ([one] if isinstance(one, str) else one) if each)


def town_labels() -> Iterator[str]:
    """Yield what the demo town's file calls its sections, on the page of a child."""
    yield from (row["label"] for row in yaml.safe_load(TOWN.read_text("utf-8"))["sections"])


def plain(text: str) -> str:
    """Make every space one plain space."""
    return re.sub(r"\s+", " ", text).strip()


@cache
def shape(said: str) -> re.Pattern[str] | None:
    """Return what a sentence may look like, its blanks filled in; None where it is blanks alone."""
    parts = re.split(r"%\(\w+\)[sd]|\{\w+\}", plain(said).replace("%%", "%"))
    if len(parts) > 1 and len(re.sub(r"\W", "", "".join(parts))) < 3:
        return None
    return re.compile(".+".join(map(re.escape, parts)))


def stands(label: str, said: str) -> bool:
    """Say whether a sentence is this label."""
    wanted = shape(said)
    return wanted is not None and wanted.fullmatch(label) is not None


def labels(guide: Path) -> list[str]:
    """Return what a guide says in bold, each once."""
    found = re.findall(r"\*\*(.+?)\*\*", guide.read_text("utf-8"), re.DOTALL)
    return sorted({plain(each) for each in found} - {"les mots en gras"})


def missing(guide: Path) -> list[str]:
    """Return the labels of a guide that no page shows to its reader."""
    said = [each for folder in PAGES_OF[guide.stem] for each in sentences(folder)]
    said += town_labels()
    return [label for label in labels(guide) if not any(stands(label, each) for each in said)]


@pytest.mark.parametrize("guide", guides(), ids=lambda path: path.stem)
def test_every_word_in_bold_stands_on_a_page_that_the_reader_sees(guide: Path) -> None:
    assert labels(guide)
    assert missing(guide) == []


def test_a_label_that_no_page_shows_is_found(tmp_path: Path) -> None:
    guide = tmp_path / "famille.md"
    guide.write_text("**Payer 71,30 €** puis **Valider mon panier**, ou **71,30 €**", "utf-8")

    assert missing(guide) == ["71,30 €", "Valider mon panier"]


def test_a_button_of_the_agents_is_not_one_of_the_families(tmp_path: Path) -> None:
    guide = tmp_path / "famille.md"
    guide.write_text("**Clôturer le pointage**", "utf-8")

    assert missing(guide) == ["Clôturer le pointage"]


SCHOOL_YEAR = {
    "famille": (
        *("Voir l’inscription", "Ajouter un enfant", "Demander une correction"),
        *("À qui la semaine", "Donner un accès", "Retirer l’accès"),
    ),
    "agent": ("Corriger", "Corrections", "Séparer ce foyer", "Nom, arrivée, départ, décès"),
    "directeur": (
        *("Confier l’école", "Inscrire et délivrer le certificat", "Imprimer la lettre"),
        *("Préparer le passage de 2027", "Décider pour tous", "Lire un fichier ONDE"),
        *("Enfants sans école", "Ne remplit plus les conditions"),
    ),
}
"""The acts by which a child's life changes in a school year, each for who does it."""


@pytest.mark.parametrize("stem", SCHOOL_YEAR)
def test_the_acts_of_a_school_year_are_told_to_who_does_them(stem: str) -> None:
    assert set(SCHOOL_YEAR[stem]) - set(labels(GUIDES / f"{stem}.md")) == set()


@pytest.mark.parametrize("guide", guides(), ids=lambda path: path.stem)
def test_a_guide_is_short_and_in_plain_words(guide: Path) -> None:
    text = re.sub(r"```.*?```|`[^`]+`", "", guide.read_text("utf-8"), flags=re.DOTALL)

    assert len(text.split()) < LONGEST
    assert re.findall(r"(?i)veuillez|cliquer sur|cliquez|merci de|afin de|'", text) == []


def test_the_index_leads_to_every_guide_and_to_nothing_else() -> None:
    linked = re.findall(r"\]\((\w+)\.md\)", (GUIDES / "README.md").read_text("utf-8"))

    assert sorted(linked) == sorted(path.stem for path in guides())
    assert set(linked) <= set(PAGES_OF)
