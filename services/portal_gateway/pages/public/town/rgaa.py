"""
The 106 criteria of the RGAA 4.1, and what is known of each on these pages.

Nobody has audited them yet. A tool and journeys look at every page before each version: what they
see of a criterion is said, and never that it is fulfilled. A criterion is named in a few words
here; its whole text is the official one. In French, as the list itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from flask_babel import lazy_gettext as _l

STATED_ON = date(2026, 12, 2)
"""The day on which these states were last gone through."""

NONE, TOOL, TRIED, OPEN, BROKEN = "none", "tool", "tried", "open", "broken"

STATES: Mapping[str, tuple[str, str, object]] = {
    BROKEN: ("red", "alert", _l("non respecté")),
    OPEN: ("gold", "waiting", _l("pas encore vérifié par une personne")),
    TOOL: ("blue", "seen", _l("vérifié en partie, par un outil, sur chaque page")),
    TRIED: ("blue", "check", _l("essayé à chaque version, pas encore audité")),
    NONE: ("soft", "remove", _l("sans objet : il n’y en a pas ici")),
}
"""Tone, icon and words of each state, in the order in which the page counts them."""

THEMES = (
    "Images",
    "Cadres",
    "Couleurs",
    "Multimédia",
    "Tableaux",
    "Liens",
    "Scripts",
    "Éléments obligatoires",
    "Structuration de l’information",
    "Présentation de l’information",
    "Formulaires",
    "Navigation",
    "Consultation",
)


@dataclass(frozen=True)
class Criterion:
    """One criterion: its number, in a few words what it asks, its state, and why where it fails."""

    number: str
    title: str
    state: str
    why: str = ""

    @property
    def theme(self) -> str:
        return THEMES[int(self.number.partition(".")[0]) - 1]


CRITERIA = (
    Criterion("1.1", "Les images qui informent ont une alternative", TOOL),
    Criterion("1.2", "Les images décoratives sont ignorées", TOOL),
    Criterion("1.3", "L’alternative dit ce que dit l’image", OPEN),
    Criterion("1.4", "L’alternative d’un test par l’image dit à quoi il sert", NONE),
    Criterion("1.5", "Un test par l’image a une autre solution", NONE),
    Criterion("1.6", "Une image complexe a une description détaillée", OPEN),
    Criterion("1.7", "La description détaillée est pertinente", OPEN),
    Criterion("1.8", "Un texte n’est pas donné comme image", OPEN),
    Criterion("1.9", "La légende est reliée à son image", NONE),
    Criterion("2.1", "Chaque cadre a un titre", NONE),
    Criterion("2.2", "Le titre du cadre est pertinent", NONE),
    Criterion("3.1", "La couleur seule ne porte aucune information", OPEN),
    Criterion("3.2", "Le texte a un contraste suffisant", TOOL),
    Criterion("3.3", "Les composants et les dessins ont un contraste suffisant", OPEN),
    Criterion("4.1", "Un média enregistré a une transcription ou une audiodescription", NONE),
    Criterion("4.2", "La transcription ou l’audiodescription est pertinente", NONE),
    Criterion("4.3", "Un média enregistré a des sous-titres", NONE),
    Criterion("4.4", "Les sous-titres sont pertinents", NONE),
    Criterion("4.5", "Un média enregistré a une audiodescription", NONE),
    Criterion("4.6", "L’audiodescription est pertinente", NONE),
    Criterion("4.7", "Chaque média est identifiable", NONE),
    Criterion("4.8", "Un média non temporel a une alternative", NONE),
    Criterion("4.9", "Cette alternative est pertinente", NONE),
    Criterion("4.10", "Un son qui part tout seul peut être arrêté", NONE),
    Criterion("4.11", "La lecture d’un média se commande au clavier", NONE),
    Criterion("4.12", "Un média non temporel se commande au clavier", NONE),
    Criterion("4.13", "Les médias sont compatibles avec les aides techniques", NONE),
    Criterion("5.1", "Un tableau complexe a un résumé", OPEN),
    Criterion("5.2", "Le résumé est pertinent", OPEN),
    Criterion("5.3", "Un tableau de mise en forme se lit dans l’ordre", NONE),
    Criterion("5.4", "Le titre d’un tableau lui est associé", OPEN),
    Criterion("5.5", "Le titre d’un tableau est pertinent", OPEN),
    Criterion("5.6", "Les en-têtes d’un tableau sont déclarés", TOOL),
    Criterion("5.7", "Chaque cellule est reliée à ses en-têtes", TOOL),
    Criterion("5.8", "Un tableau de mise en forme n’a rien d’un tableau de données", NONE),
    Criterion("6.1", "Chaque lien est explicite", OPEN),
    Criterion("6.2", "Chaque lien a un intitulé", TOOL),
    Criterion("7.1", "Les scripts sont compatibles avec les aides techniques", OPEN),
    Criterion("7.2", "L’alternative d’un script est pertinente", TRIED),
    Criterion("7.3", "Les scripts se commandent au clavier", TRIED),
    Criterion("7.4", "Un changement de contexte est annoncé, ou commandé", OPEN),
    Criterion("7.5", "Les messages de statut sont restitués", OPEN),
    Criterion("8.1", "Le type de document est déclaré", TOOL),
    Criterion("8.2", "Le code est valide", TOOL),
    Criterion("8.3", "La langue de la page est indiquée", TOOL),
    Criterion("8.4", "La langue indiquée est la bonne", TOOL),
    Criterion("8.5", "La page a un titre", TOOL),
    Criterion("8.6", "Le titre de la page est pertinent", OPEN),
    Criterion("8.7", "Les changements de langue sont indiqués", OPEN),
    Criterion("8.8", "La langue d’un passage est valide", TOOL),
    Criterion("8.9", "Aucune balise ne sert à la seule présentation", OPEN),
    Criterion("8.10", "Les changements de sens de lecture sont signalés", NONE),
    Criterion("9.1", "Les titres structurent l’information", TOOL),
    Criterion("9.2", "La structure du document est cohérente", TOOL),
    Criterion("9.3", "Les listes sont structurées", TOOL),
    Criterion("9.4", "Les citations sont indiquées", OPEN),
    Criterion("10.1", "La présentation est dans des feuilles de style", TRIED),
    Criterion("10.2", "Le contenu reste présent sans les styles", OPEN),
    Criterion("10.3", "L’information reste compréhensible sans les styles", OPEN),
    Criterion("10.4", "Le texte reste lisible agrandi à 200 %", TRIED),
    Criterion("10.5", "Les couleurs de texte et de fond vont ensemble", OPEN),
    Criterion("10.6", "Un lien se distingue du texte qui l’entoure", TOOL),
    Criterion("10.7", "La prise de focus est visible", OPEN),
    Criterion("10.8", "Ce qui est caché est ignoré par les aides techniques", OPEN),
    Criterion("10.9", "La forme, la taille ou la place seules n’informent pas", OPEN),
    Criterion("10.10", "La forme, la taille ou la place ont une alternative", OPEN),
    Criterion("10.11", "La page se lit sans défiler de côté à 320 pixels", TRIED),
    Criterion("10.12", "L’espacement du texte peut être changé", TRIED),
    Criterion("10.13", "Ce qui s’affiche au survol se commande", OPEN),
    Criterion("10.14", "Ce que les styles affichent s’atteint au clavier", OPEN),
    Criterion("11.1", "Chaque champ a une étiquette", TOOL),
    Criterion("11.2", "L’étiquette est pertinente", OPEN),
    Criterion("11.3", "Une même donnée a partout la même étiquette", OPEN),
    Criterion("11.4", "L’étiquette est accolée à son champ", OPEN),
    Criterion("11.5", "Les champs de même nature sont regroupés", OPEN),
    Criterion("11.6", "Chaque regroupement a une légende", TOOL),
    Criterion("11.7", "La légende est pertinente", OPEN),
    Criterion("11.8", "Les choix d’une liste sont regroupés", OPEN),
    Criterion("11.9", "L’intitulé de chaque bouton est pertinent", TOOL),
    Criterion("11.10", "Le contrôle de saisie est pertinent", TRIED),
    Criterion("11.11", "Une erreur dit comment la corriger", TRIED),
    Criterion("11.12", "Ce qui engage peut être vérifié ou repris", OPEN),
    Criterion("11.13", "Le rôle d’un champ personnel peut être déduit", TOOL),
    Criterion("12.1", "Deux systèmes de navigation au moins", OPEN),
    Criterion("12.2", "Le menu est toujours à la même place", OPEN),
    Criterion("12.3", "Le plan du site est pertinent", OPEN),
    Criterion("12.4", "Le plan du site s’atteint toujours de la même façon", OPEN),
    Criterion("12.5", "La recherche s’atteint toujours de la même façon", OPEN),
    Criterion("12.6", "Les zones communes peuvent être évitées", TOOL),
    Criterion("12.7", "Un lien mène au contenu principal", TOOL),
    Criterion("12.8", "L’ordre au clavier est cohérent", TRIED),
    Criterion("12.9", "Aucun piège au clavier", TRIED),
    Criterion("12.10", "Un raccourci d’une seule touche peut être arrêté", NONE),
    Criterion("12.11", "Ce qui s’affiche en plus s’atteint au clavier", OPEN),
    Criterion("13.1", "Une limite de temps se commande", TRIED),
    Criterion("13.2", "Aucune fenêtre ne s’ouvre d’elle-même", OPEN),
    Criterion("13.3", "Un document à télécharger est accessible", TRIED),
    Criterion("13.4", "La version accessible dit la même chose", OPEN),
    Criterion("13.5", "Un contenu cryptique a une alternative", NONE),
    Criterion("13.6", "Cette alternative est pertinente", NONE),
    Criterion("13.7", "Aucun éclair ni flash", NONE),
    Criterion("13.8", "Ce qui bouge ou clignote s’arrête", NONE),
    Criterion("13.9", "La page se lit dans les deux orientations", OPEN),
    Criterion("13.10", "Un geste complexe a un geste simple", NONE),
    Criterion("13.11", "Une action au doigt peut être annulée", OPEN),
    Criterion("13.12", "Un mouvement de l’appareil a une alternative", NONE),
)


def criteria_by_theme() -> dict[str, list[Criterion]]:
    """Return the criteria under their themes, in the order of the list."""
    themes: dict[str, list[Criterion]] = {}
    for criterion in CRITERIA:
        themes.setdefault(criterion.theme, []).append(criterion)
    return themes


def count_criteria_by_state() -> list[tuple[str, int]]:
    """Return how many criteria are in each state."""
    return [(state, sum(each.state == state for each in CRITERIA)) for state in STATES]


def broken_criteria() -> list[Criterion]:
    """Return the criteria that are known not to be fulfilled."""
    return [each for each in CRITERIA if each.state == BROKEN]
