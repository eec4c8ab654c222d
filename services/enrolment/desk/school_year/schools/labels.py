"""Labels of codes on the pages of schools."""

from collections.abc import Mapping
from datetime import date

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.enrolment.models import PupilMoves, School, SchoolChange
from services.enrolment.models.school_year.schools import (
    DONE,
    DRAFT,
    MOVING_UP,
    ONDE,
    ONE_PUPIL,
    RENAMING,
    SENDING,
    UNDOING,
    UNDONE,
)
from services.enrolment.school_year.schools.queries.pupil_moves import REPLACED
from services.enrolment.school_year.schools.rules import catchment, onde_file
from services.enrolment.school_year.schools.rules.moving_up import WHY
from shared.contracts.dossier import school_decisions
from shared.dates.clock import today
from shared.text import folded
from shared.web.language import typography
from shared.web.language.languages import language_here

KINDS: dict[str, LazyString] = {
    MOVING_UP: _l("Passage de classe"),
    ONDE: _l("Fichier ONDE"),
    ONE_PUPIL: _l("Un élève"),
    RENAMING: _l("Changement de nom"),
}
STATES: dict[str, tuple[str, str, object]] = {
    DRAFT: ("gold", "edit", _l("brouillon")),
    SENDING: ("blue", "sent", _l("en cours d’envoi")),
    DONE: ("green", "check", _l("décidé")),
    UNDOING: ("blue", "sent", _l("en cours d’annulation")),
    UNDONE: ("soft", "remove", _l("annulé")),
}
REASONS: dict[str, LazyString] = dict(
    zip(
        WHY,
        (
            _l("niveau suivant"),
            _l("école qui suit"),
            _l("quitte les écoles de la ville"),
            _l("à décider"),
            _l("corrigé"),
            _l("d’après ONDE"),
            _l("absent du fichier"),
            _l("a déjà son certificat d’inscription"),
            _l("l’école a changé de nom"),
        ),
        strict=True,
    )
)
OUTCOMES: dict[str, LazyString] = {
    "": _l("à envoyer"),
    school_decisions.APPLIED: _l("en vigueur"),
    school_decisions.WAITS: _l("attend son jour"),
    school_decisions.SAME: _l("déjà ainsi"),
    school_decisions.NOT_LINKED: _l("l’enfant n’est plus chez vous, ou son dossier est fermé"),
    school_decisions.NOT_THAT_DAY: _l("cette date ne convient pas"),
    school_decisions.ANOTHER_WAITS: _l("une correction du guichet attend déjà"),
    school_decisions.WITHDRAWN: _l("retiré"),
    school_decisions.REVERTED: _l("remis comme avant"),
    school_decisions.CHANGED_SINCE: _l("changé depuis : laissé"),
    school_decisions.UNKNOWN: _l("rien à annuler"),
    REPLACED: _l("remplacé par un passage plus récent"),
}
FILE_REFUSED: dict[str, LazyString] = {
    onde_file.NOT_TEXT: _l(
        "Ce n’est pas un fichier CSV : dans ONDE, choisissez l’export CSV des élèves."
    ),
    onde_file.NO_HEADER: _l("Il manque des colonnes de l’export des élèves d’ONDE"),
    onde_file.NO_ROWS: _l("Ce fichier ne contient aucun élève."),
    onde_file.TOO_LARGE: _l("Ce fichier est trop grand : envoyez une école à la fois."),
    onde_file.OTHER_YEAR: _l("Ce fichier semble être d’une autre année scolaire"),
    onde_file.OTHER_SCHOOL: _l("Ce fichier est celui d’une autre école"),
}
ROW_REFUSED: dict[str, LazyString] = {
    onde_file.SHORT_ROW: _l("la ligne est coupée"),
    onde_file.NO_NAME: _l("il manque le nom ou le prénom"),
    onde_file.NO_BIRTH: _l("la date de naissance n’est pas lisible"),
    onde_file.NO_LEVEL: _l("ce niveau n’existe pas à l’école"),
    onde_file.NO_CLASS: _l("il manque la classe"),
    onde_file.TWICE: _l("cet élève est déjà plus haut dans le fichier"),
}
NO_SCHOOL: dict[str, LazyString] = {
    catchment.NO_STREET: _l("Écrivez une adresse, par exemple 12 rue des Lilas."),
    catchment.NO_NUMBER: _l("Cette rue est partagée entre écoles : il faut le numéro."),
    catchment.UNKNOWN_STREET: _l("Cette rue n’est dans le secteur d’aucune école."),
    catchment.OTHER_COMMUNE: _l("Hors secteur : aucune école n’a de rue dans cette commune."),
    catchment.GAP: _l("La rue est connue, mais ce numéro n’est dans aucun secteur."),
    catchment.SEVERAL: _l("Deux écoles ont cette adresse dans leur secteur."),
    catchment.NO_LIST: _l("Aucun secteur n’est saisi : l’adresse ne dit pas l’école."),
    catchment.OUTSIDE: _l("Cette adresse n’est dans le secteur dessiné d’aucune école."),
}


def change_in_words(change: SchoolChange, schools: Mapping[str, School]) -> str:
    """Return what a school is called from a day on."""
    day = typography.long_date(change.holds_from, language_here())
    name = change.former or schools[change.school_id].name
    if change.withdrawn_at is not None:
        return _("« %(name)s » : changement annulé", name=change.name)
    return _("« %(name)s » devient « %(new)s » le %(day)s", name=name, new=change.name, day=day)


def decided_in_words(change: SchoolChange, agents: Mapping[str, str]) -> str:
    """Return who decided on a change and when, and who took it back."""
    decided = _(
        "décidé %(moment)s par %(name)s",
        moment=typography.moment(change.decided_at, language_here(), today()),
        name=agents.get(change.decided_by) or _("un agent parti"),
    )
    if change.withdrawn_at is None or change.withdrawn_by is None:
        return decided
    withdrawn = _(
        "annulé %(moment)s par %(name)s",
        moment=typography.moment(change.withdrawn_at, language_here(), today()),
        name=agents.get(change.withdrawn_by) or _("un agent parti"),
    )
    return f"{decided}, {withdrawn}"


def moves_title(batch: PupilMoves) -> str:
    """Return what a batch is called."""
    if batch.kind == MOVING_UP:
        return _("Passage de classe, rentrée %(year)s", year=batch.school_year[:4])
    return f"{KINDS[batch.kind]}, {batch.school_year}"


def destination(
    schools: dict[str, School], group: tuple[str | None, str, str], from_school: str | None = None
) -> str:
    """Return where pupils go or come from; the school only where it is another."""
    school_id, level, class_name = group
    if school_id is None:
        return _("quitte les écoles de la ville") if level else _("–")
    names_level = bool(class_name) and folded(class_name).split()[0] == folded(level)
    parts = [class_name] if names_level else [level or _("niveau inconnu"), class_name]
    if school_id != from_school and school_id in schools:
        parts.insert(0, schools[school_id].name)
    return ", ".join(part for part in parts if part)


def age_note(shift: int) -> str:
    """Return what is said of a pupil who is not in the level of its age, "" of the others."""
    if shift == 0:
        return ""
    return _("en avance") if shift > 0 else _("maintenu, ou plus âgé")


def as_day(text: str) -> date:
    """Return a day that a page has as ISO text."""
    return date.fromisoformat(text)
