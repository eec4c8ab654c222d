"""Labels of codes at the desk. Roles and providers are named by the town's register."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.enrolment.children.commands.sheet_reading import Section
from shared.contracts.sections import READ_AT_DESKS, consents
from shared.contracts.sections.care import health
from shared.contracts.sections.papers import REASONS
from shared.dates.clock import today
from shared.dates.retention_periods import first_day_kept
from shared.json_values import JsonMapping
from shared.register import ProviderNotFound
from shared.register.retention import length_in_words
from shared.web.base.app import shell_here
from shared.web.language.diet_labels import diet_words
from shared.web.language.languages import language_here
from shared.web.language.section_labels import lazy_labels, lines_in_words
from shared.web.language.typography import long_date, moment

PROJECTIONS = lazy_labels({code.code: code.desk_label for code in READ_AT_DESKS})
WHY_REFUSED = lazy_labels(REASONS)
ICONS = {code.code: code.icon for code in READ_AT_DESKS}
SEVERITIES = lazy_labels(health.SEVERITIES)
CONSENT_MARKS: dict[tuple[str, str], LazyString] = {
    ("image", consents.REFUSED): _l("pas de photo"),
    ("image", consents.ONE_MORE): _l("photo : il manque un accord"),
    ("outing", consents.REFUSED): _l("pas de sortie"),
    ("alone", consents.GIVEN): _l("peut rentrer seul"),
}
"""Words under a name by act and state."""
TO_ASK_ABOUT: dict[str, LazyString] = {"image": _l("photo"), "outing": _l("sortie")}
"""Acts of which it is said that nobody has answered: a refusal is a parent's, silence is none."""
BOOKING_STATES: dict[str, LazyString] = {
    "booked": _l("réservé"),
    "cancelled": _l("annulé"),
    "late": _l("annulé trop tard"),
    "excused": _l("absence annoncée"),
    "closed": _l("annulé par le service"),
}


def menu_label(code: str) -> str:
    """Return what a menu is called by its code, which is "" where the family has chosen none."""
    return diet_words(code) if code else _("Menu non choisi")


def carers_in_words(pickup: JsonMapping) -> str:
    """Return the names of who has a placed child in care, "" for any other child."""
    return _(" et ").join(pickup.get("in_care_of", ()))


def consents_refused_or_unanswered(content: Mapping[str, object] | None) -> list[str]:
    """Return what guardians refuse or have not answered, and whether a child may leave alone."""
    if content is None:
        return []
    states = {act: consents.consent_state_in(content, act) for act in consents.ACTS}
    marks = [str(words) for (act, state), words in CONSENT_MARKS.items() if states[act] == state]
    silent = [str(act) for code, act in TO_ASK_ABOUT.items() if states[code] == consents.UNSAID]
    return [*marks, _sentence_of_unanswered_acts(silent)] if silent else marks


def all_consents_refused_or_unanswered() -> list[str]:
    """Return whatever `consents_refused_or_unanswered` may say of a child."""
    acts = [str(act) for act in TO_ASK_ABOUT.values()]
    silences = [[act] for act in acts] + [acts]
    return [*map(str, CONSENT_MARKS.values()), *map(_sentence_of_unanswered_acts, silences)]


def _sentence_of_unanswered_acts(acts: Iterable[str]) -> str:
    return _("%(acts)s : pas de réponse", acts=_(" et ").join(acts))


def lines_of_section(section: Section) -> list[tuple[str, str]]:
    """Return the terms and texts of a projection that has no template of its own."""
    show = next(code.show for code in READ_AT_DESKS if code.code == section.projection)
    return lines_in_words(show(section.content)) if show and section.content else []


def seen_state_sentence(section: Section, role: Callable[[str], str]) -> str:
    """Say what the reader has to see, or who has seen it (rule R5); "" where neither."""
    if section.to_see and not section.mark:
        return ""
    if section.to_see and section.seen_at:
        return _(
            "A changé %(when)s, pas encore vu depuis", when=_moment_in_words(section.received_at)
        )
    if section.to_see:
        return _("Reçu %(when)s, pas encore vu", when=_moment_in_words(section.received_at))
    if section.seen_at:
        seen = {"when": _moment_in_words(section.seen_at), "role": role(section.seen_by)}
        return _("Vu %(when)s · %(role)s", **seen)
    return ""


def _moment_in_words(value: datetime) -> str:
    return moment(value, language_here(), today())


def office_label(code: str) -> str:
    """Return what an office of the town is called; "" for one that is gone."""
    try:
        return shell_here().register.provider(code).label
    except ProviderNotFound:
        return ""


def erased_days_in_words(first: date) -> tuple[str, str] | None:
    """Say that days from this one on are erased, and by what rule; None where all are kept."""
    kept = shell_here().register.now.town.activity_retention
    first_kept = first_day_kept(today(), kept)
    if first >= first_kept:
        return None
    return (
        _("Les jours d’avant le %(day)s sont effacés.", day=long_date(first_kept, language_here())),
        _(
            "La ville garde ce que les enfants ont fait %(length)s après la fin de l’année "
            "scolaire. Les totaux restent dans les chiffres.",
            length=length_in_words(kept),
        ),
    )
