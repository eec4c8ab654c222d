"""French labels of a guardian's alerts."""

from flask_babel import lazy_gettext as _l

from services.portal_gateway.alerts.rules.categories import (
    BILLS,
    ENROLMENT,
    MESSAGES,
    REMINDER,
    URGENT,
    WEEK,
)

CATEGORIES = {
    URGENT: (_l("Fermetures"), _l("une grève, une séance annulée, ou qui a lieu finalement")),
    REMINDER: (
        _l("Délais"),
        _l("ce qui n’est pas réservé, ou pas réglé, avant qu’il soit trop tard"),
    ),
    MESSAGES: (_l("Messages"), _l("un service vous a écrit")),
    BILLS: (_l("Factures"), _l("une facture, un avoir, un rappel, un paiement")),
    ENROLMENT: (_l("Inscriptions"), _l("une place, une réponse à une demande")),
    WEEK: (_l("Semaine"), _l("une sortie, un changement")),
}
