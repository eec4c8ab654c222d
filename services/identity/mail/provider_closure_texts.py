"""Texts of emails that leave at once: which service is closed, or open after all, on which day."""

from datetime import timedelta

from services.identity.mail.template_shape import Template

CLOSED, OPEN_AFTER_ALL = "closed", "open_after_all"

_GOOD_FOR = timedelta(hours=12)
"""A morning's closure is of no use the day after; the portal has it."""

CLOSURES = {
    CLOSED: Template(
        good_for=_GOOD_FOR,
        urgent=True,
        french=(
            "{service} : annulé, {days}",
            "{service} annule : {days}.\n\n"
            "Ce qui est annulé, et pour qui, est dans votre espace :\n{portal}/nouvelles\n\n"
            "Nous vous écrivons toujours quand un service ferme.\n",
        ),
        english=(
            "{service}: cancelled, {days}",
            "{service} cancels: {days}.\n\n"
            "What is cancelled, and for whom, is in your space:\n{portal}/nouvelles\n\n"
            "We always write to you when a service closes.\n",
        ),
    ),
    OPEN_AFTER_ALL: Template(
        good_for=_GOOD_FOR,
        urgent=True,
        french=(
            "{service} : annulation levée, {days}",
            "{service} lève son annulation : {days}.\n\n"
            "Ce qui a lieu, et pour qui, est dans votre espace :\n{portal}/nouvelles\n\n"
            "Nous vous écrivons toujours quand un service ferme, et quand il rouvre.\n",
        ),
        english=(
            "{service}: takes place after all, {days}",
            "{service} is open after all: {days}.\n\n"
            "What takes place, and for whom, is in your space:\n{portal}/nouvelles\n\n"
            "We always write to you when a service closes, and when it opens again.\n",
        ),
    ),
}
