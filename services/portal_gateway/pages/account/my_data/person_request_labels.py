"""French labels of requests of persons on their data, with their states and acts."""

from datetime import date

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.portal_gateway.labels.dossier import section_label
from services.portal_gateway.labels.enrolment import short_day
from shared.contracts.dossier.data_protection.person_requests import ERASED, WITHDRAWN, Act, Mine
from shared.contracts.dossier.data_protection.request_erasures import (
    COURSE,
    name_and_parts_of_erasure,
)
from shared.web.base.app import shell_here
from shared.web.language.translated_labels import Label

KINDS: dict[str, tuple[Label, Label]] = {
    "access": (_l("Voir"), _l("une copie de ce qui est enregistré, et à quoi cela sert")),
    "rectification": (_l("Corriger"), _l("ce qui est faux ou incomplet")),
    "erasure": (_l("Effacer"), _l("ce qu’il n’y a plus de raison de garder")),
    "restriction": (
        _l("Limiter"),
        _l("garder sans s’en servir, par exemple le temps de vérifier"),
    ),
    "objection": (_l("S’opposer"), _l("à un usage, pour une raison propre à votre situation")),
    "portability": (_l("Emporter"), _l("un fichier, pour vous ou pour un autre organisme")),
}
"""Kinds of requests in the order of the form, with their meaning."""

STATES: dict[str, tuple[str, str, object]] = {
    "received": ("gold", "received", _l("reçue")),
    "in_hand": ("blue", "waiting", _l("en cours")),
    "answered": ("green", "check", _l("réponse donnée")),
    "refused": ("red", "alert", _l("refusée")),
    "withdrawn": ("soft", "remove", _l("retirée")),
}
"""Tone, drawing and word of each state."""


def deadline_in_words(request: Mine, day: date) -> str:
    """Say until when the answer comes, or when it came."""
    closed, due = request["closed_on"], short_day(request["due_on"])
    if closed and request["state"] == WITHDRAWN:
        return _("retirée le %(day)s", day=short_day(closed))
    if closed:
        return _("close le %(day)s", day=short_day(closed))
    if request["due_on"] < day:
        return _("réponse due le %(day)s : en retard", day=due)
    if request["prolonged"]:
        return _("prolongée jusqu’au %(day)s", day=due)
    return _("réponse au plus tard le %(day)s", day=due)


def part_label(part: str) -> str:
    """Return what the town calls a part of a child's file."""
    return _("Parcours") if part == COURSE else section_label(shell_here().register, part)


def erasure_label(said: str) -> str:
    """Say of an erasure whose file it was, and which parts went."""
    name, parts = name_and_parts_of_erasure(said)
    return _("%(name)s : %(parts)s", name=name, parts=", ".join(map(part_label, parts)))


def act_label(act: Act) -> str:
    """Label an act noted on a request; its text is shown separately."""
    day = short_day(act["at"])
    if act["act"] == ERASED:
        return _("effacé le %(day)s, %(what)s", day=day, what=erasure_label(act["text"]))
    if act["act"] == "prolonged" and act["until"]:
        until = short_day(act["until"])
        return _("prolongée le %(day)s, jusqu’au %(until)s", day=day, until=until)
    return {
        "filed": _("envoyée le %(day)s", day=day),
        "taken": _("prise en charge le %(day)s", day=day),
        "copied": _("copie de vos données faite le %(day)s", day=day),
        "withdrawn": _("retirée le %(day)s", day=day),
        "answered": _("réponse donnée le %(day)s", day=day),
        "refused": _("refusée le %(day)s", day=day),
    }[act["act"]]
