"""Labels of the roll call page: its sentences, sent once, and the names of states."""

from datetime import datetime

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.enrolment.attendance.marks.rules.collectors import Collector
from services.enrolment.attendance.marks.rules.mark_resolution import State
from shared.web.base.app import shell_here

AT_THE_DOOR = _l(
    "Si cette personne n’est pas sur la liste, ou ne doit pas venir : ne remettez pas l’enfant. "
    "Gardez-le avec vous, appelez ses responsables, puis la direction. Si elle insiste, ou en cas "
    "de danger : police ou gendarmerie, le 17."
)
"""What to do at the door, in words that say nothing of why: a town may have its own."""


def page_labels() -> dict[str, str]:
    """Return what the page says, by key; `{n}` and the like are filled in by the page."""
    return {
        **_marking_labels(),
        **_departure_labels(),
        **_handover_labels(),
        **_count_labels(),
        **_pin_labels(),
        **_list_labels(),
        **_network_labels(),
    }


def state_for_page(state: State, collector: Collector | None = None) -> dict[str, object]:
    """Return a child's state, with whom it left, and the marks that the next mark must name."""
    return {
        "kind": state.kind,
        "at": instant_for_page(state.made_at),
        "to_check": state.to_check,
        "heads": list(state.heads),
        "with": collector.as_json() if collector else None,
    }


def instant_for_page(moment: datetime | None) -> str | None:
    """Return an instant as the page reads it."""
    return moment.isoformat() if moment else None


def _marking_labels() -> dict[str, str]:
    return {
        "present": _("Présent"),
        "absent": _("Absent"),
        "left": _("Parti"),
        "to_check": _("À vérifier : deux appareils se contredisent"),
        "unknown": _("Enfant inconnu de la liste"),
        "not_booked": _("Pas de réservation"),
        "sheet": _("Fiche"),
        "sheet_to_come": _("La fiche arrive avec le réseau"),
        "sheet_from": _("fiche de la liste {group} de {hour}"),
        "care_not_here": _("Allergies et PAI : demandez au bureau, cet appareil ne les a pas"),
        "add_unknown": _("Ajouter « {name} » : enfant à reconnaître plus tard"),
        "mistyped": _("Retirer"),
        "mistyped_sure": _(
            "Tapé par erreur ? Ce nom quitte la liste et le décompte d’évacuation. Si un enfant "
            "est là sous ce nom, laissez-le : il sera reconnu plus tard."
        ),
        "mistyped_do": _("Retirer de la liste"),
        "close_group": _("Clôturer le pointage"),
        "closed_at": _("Pointage clôturé à {hour}"),
        "cancelled": _("Séance annulée"),
        "decide": _("Avant de clore, dites pour chacun de ces enfants :"),
        "group_one": _("Pointer présent le réservé sans alerte"),
        "group_many": _("Pointer présents les {n} réservés sans alerte"),
    }


def _departure_labels() -> dict[str, str]:
    return {
        "left_at": _("Parti à {hour}, avec qui ?"),
        "left_with": _("Parti à {hour} : {who}"),
        "with_parent": _("un parent"),
        "with_nobody": _("seul"),
        "somebody_else": _("Quelqu’un d’autre"),
        "door_title": _("Quelqu’un d’autre se présente"),
        "door": words_at_the_door(),
    }


def words_at_the_door() -> str:
    """Return what to do where somebody else comes for a child, in the town's own words or ours."""
    return shell_here().register.now.town.at_the_door or str(AT_THE_DOOR)


def _handover_labels() -> dict[str, str]:
    return {
        "handed": _("Remis"),
        "not_coming": _("Pas là"),
        "away": _("Pas là aujourd’hui"),
        "received": _("Reçu"),
        "cleared": _("Pas encore"),
        "waits": _("Attendu"),
        "handed_at": _("Remis à {hour}"),
        "received_at": _("Reçu à {hour}"),
        "lifted": _("Alerte levée à {hour}"),
        "missed": _("Pas arrivé : appelez {service}"),
        "missed_one": _("{n} enfant n’est pas arrivé d’un service à l’autre."),
        "missed_many": _("{n} enfants ne sont pas arrivés d’un service à l’autre."),
        "passages_one": _("{n} enfant passe d’un service à l’autre"),
        "passages_many": _("{n} enfants passent d’un service à l’autre"),
    }


def _count_labels() -> dict[str, str]:
    return {
        "expected_one": _("{n} attendu"),
        "expected_many": _("{n} attendus"),
        "presents_one": _("{n} présent"),
        "presents_many": _("{n} présents"),
        "absents_one": _("{n} absent"),
        "absents_many": _("{n} absents"),
        "opens_one": _("{n} à pointer"),
        "opens_many": _("{n} à pointer"),
        "unsent_one": _("{n} pointage pas encore envoyé"),
        "unsent_many": _("{n} pointages pas encore envoyés"),
    }


def _pin_labels() -> dict[str, str]:
    return {
        "wrong_pin": _("Ce code ne convient pas."),
        "wrong_pin_offline": _("Sans réseau, cette tablette ne s’ouvre qu’à qui l’a déjà ouverte."),
        "locked_until": _("Trop d’essais : ce code sera de nouveau accepté à {hour}."),
        "pin_title": _("Votre code, encore une fois"),
        "pin_again": _("Votre code à 6 chiffres ouvre la fiche"),
        "open": _("Ouvrir"),
    }


def _list_labels() -> dict[str, str]:
    return {
        "care_list": _("Soins et remise des enfants"),
        "allergy_list": _("Allergies et conduite à tenir"),
        "evacuation": _("Évacuation : enfants présents"),
        "emergency": _("Urgence : que faire"),
        "emergency_told": _("Ouvert pour quinze minutes. Les familles en sont averties."),
        "nobody_on_list": _("Personne sur cette liste."),
        "print": _("Imprimer (PDF)"),
        "list_of": _("liste de {hour}"),
        "list_of_day": _("Liste d’un autre jour : {day}"),
        "list_changed": _("La liste vient de changer : fermez, puis relisez."),
    }


def _network_labels() -> dict[str, str]:
    return {
        "offline": _("sans réseau"),
        "offline_title": _("Sans réseau"),
        "close_needs_network": _("Clôturer demande le réseau. Vos pointages sont gardés ici."),
        "no_list_title": _("Cette liste n’est pas sur l’appareil"),
        "no_list": _("Ouvrez-la une fois avec le réseau : elle sera alors gardée, chiffrée."),
        "refused_title": _("Un pointage n’a pas pu être pris"),
        "refused": _("Ce service n’en connaît pas l’enfant, la séance ou le passage."),
    }
