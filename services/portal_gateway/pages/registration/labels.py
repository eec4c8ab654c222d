"""Labels of a registration's steps, papers, states and refusals."""

from collections.abc import Iterable

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from shared.contracts.dossier import registrations
from shared.web.addresses import fields as addresses

SLUGS = {"vous": "guardian", "autre-parent": "second", "enfants": "children", "adresse": "home"}
"""The steps as addresses name them, in their order."""
SLUG_OF = {step: slug for slug, step in SLUGS.items()}

STEPS: dict[str, LazyString] = {
    "guardian": _l("Vous"),
    "second": _l("L’autre parent"),
    "children": _l("Vos enfants"),
    "home": _l("Votre adresse"),
}
NUMBER_OF = {step: number for number, step in enumerate(STEPS, start=1)}
MANY_STEPS = len(STEPS) + 1
"""The last one is the page of papers, where all of it is sent."""
ICONS = {"guardian": "account", "second": "account", "children": "children", "home": "home"}

RELATIONS = [
    ("mother", _l("Mère")),
    ("father", _l("Père")),
    ("tutor", _l("Tuteur ou tutrice")),
    ("other", _l("Autre")),
]
YES_NO = [("yes", _l("Oui")), ("no", _l("Non"))]
AUTHORITY = [
    ("both", _l("Nous l’exerçons tous les deux")),
    ("mine", _l("Je l’exerce seul(e)")),
    ("ruling", _l("Un jugement le précise"), _l("Le guichet regarde le jugement avec vous.")),
    ("unsure", _l("Je ne sais pas")),
]
WAYS = [
    (registrations.EMAIL, _l("Par e-mail"), _l("Vous recevez un lien, par lequel vous commencez.")),
    (registrations.PHONE, _l("Par téléphone"), _l("Nous vous appelons ; rien ne part par SMS.")),
    (
        registrations.LETTER,
        _l("Par courrier"),
        _l("Vous imprimez ou notez une référence et une clé."),
    ),
]
PAPERS: dict[str, LazyString] = {
    "child_identity": _l("Un document où figure l’identité de l’enfant"),
    "guardian_identity": _l("Un document où figure votre identité"),
    "domicile": _l("Un document qui montre où vous habitez"),
}
EXAMPLES: dict[str, LazyString] = {
    "child_identity": _l("livret de famille, carte d’identité, acte de naissance…"),
    "guardian_identity": _l("carte d’identité, passeport, titre de séjour…"),
    "domicile": _l("facture, quittance, attestation d’hébergement… sous toute forme"),
}
REASONS: dict[str, LazyString] = {
    "not_reached": _l("Nous n’avons pas réussi à vous joindre."),
    "papers": _l("Les documents montrés ne suffisent pas."),
    "not_guardian": _l("Le lien avec l’enfant n’a pas pu être vérifié."),
    "known_already": _l("Cette demande en double une autre, qui suit son cours."),
    "withdrawn": _l("Vous avez retiré cette demande."),
}
FIELDS: dict[str, LazyString] = {
    "first_name": _l("Prénom"),
    "last_name": _l("Nom"),
    "relation": _l("Vous êtes"),
    "email": _l("Adresse e-mail"),
    "phone": _l("Téléphone"),
    "contact": _l("Adresse ou numéro"),
    "there": _l("Y a-t-il un autre parent ?"),
    "name": _l("Prénom et nom"),
    "lives_here": _l("Habite-t-il avec vous ?"),
    "authority": _l("L’autorité parentale"),
    "birth_date": _l("Date de naissance"),
    "school": _l("École souhaitée"),
    "school_other": _l("Nom de l’autre école"),
    "grade": _l("Niveau"),
    **addresses.LABELS,
    "reference": _l("Référence"),
    "key": _l("Clé"),
    "way": _l("Comment vous joindre"),
}


def field_labels(names: Iterable[str]) -> dict[str, str]:
    """Name each wrong field for the summary: a child's by its last part."""
    return {name: str(FIELDS.get(name.rsplit("-", 1)[-1], "")) for name in names}
