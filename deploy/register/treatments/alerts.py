"""The entry of the treatment register for alerts and calendars that guardians ask for."""

from shared.register.treatments import Treatment

HOLDER = "Alertes et agenda de l’espace des familles"
PURPOSE = "Prévenir à temps qui le demande, et mettre les jours de ses enfants dans son agenda"
LEGAL_BASIS = "RGPD art. 6-1-a\u00a0: consentement, qui se retire sur la même page"
PEOPLE = ("responsables légaux qui le demandent", "leurs enfants, dans l’agenda seul")
CATEGORIES = (
    "adresse technique de chaque appareil à prévenir, ce dont la personne veut être prévenue",
    "numéro de mobile et date de l’accord",
    "ce qui est dit\u00a0: quel service, quel jour, jamais un enfant",
    "agenda\u00a0: prénom, activité, heures",
)
RECIPIENTS = (
    "le service d’alertes du navigateur, parfois hors de l’Union européenne, qui ne peut pas "
    "lire ce qui est dit",
    "l’opérateur de SMS de la ville, quand elle en a un",
    "le calendrier que la personne choisit",
)
RETENTION = (
    "jusqu’à ce que la personne retire l’appareil, le mobile ou l’adresse de l’agenda, ou que son "
    "compte soit fermé",
    "ce qui est dit est effacé dès l’envoi\u00a0; que c’est parti, 2\u00a0mois après",
)

PROCESSORS = ("l’opérateur de SMS de la ville, quand elle en a un",)
TRANSFER = (
    "le service d’alertes du navigateur, choisi par la personne avec son appareil\u00a0: il reçoit "
    "un message chiffré qu’il ne peut pas lire"
)


def entries_of_alerts() -> list[Treatment]:
    """Give the entry: in every town a guardian may ask for alerts."""
    return [
        {
            "treatment": "alerts",
            "holder": HOLDER,
            "provider": None,
            "purpose": PURPOSE,
            "legal_bases": [LEGAL_BASIS],
            "subjects": list(PEOPLE),
            "categories": list(CATEGORIES),
            "recipients": list(RECIPIENTS),
            "retention": list(RETENTION),
            "processors": list(PROCESSORS),
            "transfers": [TRANSFER],
            "source": "donné par la personne, dans son espace",
        }
    ]
