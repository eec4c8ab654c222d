"""Places, attendance and schools in the treatment register: what a provider keeps day by day."""

from collections.abc import Sequence

from shared.json_values import JsonObject
from shared.register import length_in_words
from shared.register.entitlement import DECLARABLE, SCHOOL
from shared.register.treatments import Treatment

CHILDREN = ("enfants", "responsables légaux")
FROM_FAMILIES = "demandé par les responsables légaux, ou noté par un agent du service"

TO_GIVE = "Recevoir les demandes, donner les places selon les critères, tenir la liste d’attente"
PLACES = (
    "demande, jour et voie d’arrivée, réponses aux critères, points, rang",
    "place, jours de la semaine, dates, réponse et motif",
    "réservations, annulations, qui les a faites et quand",
)
TO_COUNT = "Savoir qui est là, à qui l’enfant est remis, et compter ce qui est dû"
ATTENDANCE = (
    "présent, absent, excusé, parti, avec l’heure et l’agent qui pointe",
    "avec qui l’enfant est parti, parmi ceux qui peuvent venir, là où l’agent l’a noté",
    "enfant non prévu\u00a0: le nom, jusqu’à ce qu’un dossier soit trouvé",
    "relais d’un service à l’autre\u00a0: attendu, arrivé",
    "la tablette qui a servi",
)
ATTENDANCE_KEPT = (
    "pointages et réservations\u00a0: {}",
    "avec qui l’enfant est parti\u00a0: jusqu’à la fin de son dossier dans le service",
    "relais\u00a0: 14\u00a0jours\u00a0; listes lues\u00a0: 30\u00a0jours\u00a0; "
    "usages d’une tablette\u00a0: 90\u00a0jours",
)
TO_ENROL = "Inscrire à l’école, délivrer le certificat, décider des dérogations et des passages"
SCHOOLS = (
    "école demandée et décidée, classe, année, dates",
    "adresse qui dit le secteur, pièces vues",
    "dérogation\u00a0: motif, décision, qui l’a prise",
)
SCHOOLS_KEPT = (
    "inscription valable, avec sa demande\u00a0: tant que l’enfant a un dossier dans le service",
    "certificat retiré, demande close, dérogation décidée\u00a0: {}",
)
OBLIGATION = "RGPD art. 6-1-c\u00a0: code de l’éducation, art. L131-1 et D131-3-1"

TO_STAFF = "Prévoir qui encadre les enfants, et voir si c’est assez (CASF, art. R227-12 à R227-16)"
STAFF = (
    "nom, tel que le service l’écrit",
    "qualification\u00a0: diplômé, en formation, sans qualification\u00a0; dirige ou non",
    "lieu, jour et heures prévus, qui les a prévus",
)
STAFF_KEPT = ("1\u00a0an après le jour prévu",)

_READ_PLACES = ("applications", "day", "bookings")
_READ_ATTENDANCE = ("roll_call", "day", "bookings")
_READ_STAFF = ("day",)
_READ_SCHOOLS = ("applications", "own_school")


def entries_of_daily_work(
    provider: JsonObject, legal_basis: str, activity_retention: str
) -> list[Treatment]:
    """Give the entries of one provider: places, attendance, schools and staff where there are."""
    kept = f"{length_in_words(activity_retention)} après la fin de l’année scolaire"
    entries = [
        _entry_of_treatment(
            provider, "places", TO_GIVE, [legal_basis], PLACES, _READ_PLACES, [kept]
        ),
        _entry_of_treatment(
            provider,
            "attendance",
            TO_COUNT,
            [legal_basis],
            ATTENDANCE,
            _READ_ATTENDANCE,
            [each.format(kept) for each in ATTENDANCE_KEPT],
        ),
    ]
    if any(activity["regime"] == SCHOOL for activity in provider["activities"]):
        bases = [OBLIGATION]
        entries.append(
            _entry_of_treatment(
                provider,
                "schools",
                TO_ENROL,
                bases,
                SCHOOLS,
                _READ_SCHOOLS,
                [each.format(kept) for each in SCHOOLS_KEPT],
            )
        )
    if any(activity["regime"] in DECLARABLE for activity in provider["activities"]):
        staff = _entry_of_treatment(
            provider, "staff", TO_STAFF, [legal_basis], STAFF, _READ_STAFF, STAFF_KEPT
        )
        of_staff: Treatment = {
            "subjects": ["agents, animateurs"],
            "source": "noté par un agent du service",
        }
        entries.append(staff | of_staff)
    return entries


def _entry_of_treatment(
    provider: JsonObject,
    treatment: str,
    purpose: str,
    legal_bases: Sequence[str],
    categories: Sequence[str],
    acts: Sequence[str],
    retention: Sequence[str],
) -> Treatment:
    readers = [role["label"] for role in provider["roles"] if set(acts) & set(role["acts"])]
    return {
        "treatment": treatment,
        "holder": provider["label"],
        "provider": provider["code"],
        "controller": provider["controller"],
        "purpose": purpose,
        "legal_bases": list(legal_bases),
        "subjects": list(CHILDREN),
        "categories": list(categories),
        "recipients": readers,
        "retention": list(retention),
        "source": FROM_FAMILIES,
    }
