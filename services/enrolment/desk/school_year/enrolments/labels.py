"""French labels of school enrolment at the desk: papers, reasons, who signs."""

from collections.abc import Mapping

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.enrolment.desk.school_year.schools.labels import NO_SCHOOL, age_note, as_day
from services.enrolment.models import School, SchoolRequest
from services.enrolment.models.places import DESK, PAPER, PORTAL, TELEPHONE
from services.enrolment.models.school_year.enrolments import (
    LEFT,
    MISTAKE,
    NO_PLACE,
    NOT_A_MOTIVE,
    NOT_PROVEN,
    REPLACED,
)
from services.enrolment.school_year.enrolments.rules import obstacles_to_enrolling
from services.enrolment.school_year.schools.queries.pupils import PupilCard
from services.enrolment.school_year.schools.rules.catchment import OTHER_COMMUNE, Answer
from services.enrolment.school_year.schools.rules.levels import levels_ahead_of_age
from shared.contracts.enrolment.school_year.enrolments import GRANTED, LATER, SHOWN, SWORN, WAITING
from shared.contracts.enrolment.school_year.enrolments import REFUSED as WAIVER_REFUSED
from shared.contracts.enrolment.school_year.schools import MAYOR, PRESIDENT
from shared.register.completeness import CHILD_IDENTITY, DOMICILE, GUARDIAN_IDENTITY
from shared.web.language.school_enrolment_labels import MOTIVES_OF_LAW
from shared.web.language.translated_labels import State

__all__ = ["MOTIVES_OF_LAW", "age_note", "as_day"]

PAPERS: dict[str, LazyString] = {
    CHILD_IDENTITY: _l("Identité de l’enfant"),
    GUARDIAN_IDENTITY: _l("Identité des responsables"),
    DOMICILE: _l("Domicile"),
}
PAPER_WAYS: dict[str, LazyString] = {
    SHOWN: _l("vue"),
    SWORN: _l("attestation sur l’honneur"),
    LATER: _l("à venir"),
}
CHANNELS: dict[str, LazyString] = {
    PORTAL: _l("espace des familles"),
    DESK: _l("guichet"),
    TELEPHONE: _l("téléphone"),
    PAPER: _l("courrier"),
}
WITHDRAWN_FOR: dict[str, LazyString] = {
    LEFT: _l("l’enfant quitte les écoles de la ville"),
    MISTAKE: _l("le certificat contient une erreur"),
    REPLACED: _l("l’enfant est inscrit ailleurs dans la ville"),
}
WHO_SIGNS: dict[str, LazyString] = {
    MAYOR: _l("le maire, au nom de la commune"),
    PRESIDENT: _l("le président du groupement de communes, qui a la compétence"),
}
WAIVER_STATES: dict[str, State] = {
    WAITING: ("blue", "waiting", _l("devant la commission")),
    GRANTED: ("green", "check", _l("accordée")),
    WAIVER_REFUSED: ("red", "info", _l("refusée")),
}
WAIVER_REFUSED_FOR: dict[str, LazyString] = {
    NO_PLACE: _l("il ne reste pas de place"),
    NOT_PROVEN: _l("rien ne montre le motif"),
    NOT_A_MOTIVE: _l("ce n’est pas un motif prévu"),
}
REFUSED: dict[str, LazyString] = {
    obstacles_to_enrolling.NO_LEVEL: _l("Cette école n’a pas ce niveau."),
    obstacles_to_enrolling.OFF_AGE: _l(
        "Ce niveau est à plus d’un an de l’âge de l’enfant : choisissez le sien, ou un de plus "
        "ou de moins."
    ),
    obstacles_to_enrolling.BEFORE_BIRTH: _l("Ce jour est avant la naissance de l’enfant."),
    obstacles_to_enrolling.TOO_FAR: _l(
        "Ce jour est trop loin : au plus un an et un mois à l’avance."
    ),
    obstacles_to_enrolling.FULL: _l(
        "Il n’y a plus de place à ce niveau dans cette école. Choisissez-en une autre, ou "
        "cochez « au-delà des places »."
    ),
    obstacles_to_enrolling.SAME_SCHOOL: _l(
        "L’enfant a déjà un certificat pour cette école et ce niveau."
    ),
}
FIELD_OF_REASON = {
    obstacles_to_enrolling.NO_LEVEL: "level",
    obstacles_to_enrolling.OFF_AGE: "level",
    obstacles_to_enrolling.BEFORE_BIRTH: "holds_from",
    obstacles_to_enrolling.TOO_FAR: "holds_from",
    obstacles_to_enrolling.FULL: "over_places",
    obstacles_to_enrolling.SAME_SCHOOL: "school",
}


def motive_in_words(code: str, named: Mapping[str, str]) -> object:
    """Say a motive of the law, or of the deliberation; a code where that one is gone."""
    return MOTIVES_OF_LAW.get(code) or named.get(code, code)


def answer_in_words(answer: Answer, schools: dict[str, School]) -> str:
    """Say the school of an address, or why a person decides."""
    if answer.school_id:
        return schools[answer.school_id].name
    named = ", ".join(schools[each].name for each in answer.schools if each in schools)
    why = f"{NO_SCHOOL[answer.why]} {named}".strip()
    return why if answer.why == OTHER_COMMUNE else _("À décider : %(why)s", why=why)


def levels_child_is_ahead(row: SchoolRequest, card: PupilCard) -> int:
    """Return by how many levels the one that is asked for is ahead of the child's age."""
    return levels_ahead_of_age(row.level, card.birth_date, row.school_year)


def room_in_words(room: int | None) -> str:
    """Say how many places a level has left."""
    if room is None:
        return _("places non renseignées")
    if room <= 0:
        return _("complet")
    return _("une place") if room == 1 else _("%(num)s places", num=room)
