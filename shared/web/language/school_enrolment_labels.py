"""Words of school enrolment that families and agents read alike."""

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from shared.contracts.enrolment.school_year.enrolments import CYCLE, HEALTH, SIBLING, WORK

MOTIVES_OF_LAW: dict[str, LazyString] = {
    WORK: _l("les deux parents travaillent, et la commune n’a ni cantine ni garderie"),
    HEALTH: _l("raison de santé, attestée par un médecin"),
    SIBLING: _l("un frère ou une sœur y est déjà inscrit"),
    CYCLE: _l("l’enfant y finit son cycle"),
}
