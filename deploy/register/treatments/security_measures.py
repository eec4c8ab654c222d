"""Measures of security, processors, transfers and impact assessment of each treatment."""

from deploy.register.town_file.town import Town
from shared.register.treatments import Treatment

EVERYWHERE = (
    "droits vérifiés par le service à chaque demande, datés, retirés dès la page suivante",
    "agents\u00a0: mot de passe et deuxième facteur, session qui se ferme",
    "échanges chiffrés\u00a0; chaque service n’a que ses droits sur le courtier de messages",
    "copies chiffrées avec des clés que la ville ne garde pas avec elles",
)
SEALED = "contenus scellés dans la base, avec une clé par enfant ou par foyer, gardée ailleurs"
SEALED_ALONE = "contenus scellés dans la base, avec une clé gardée ailleurs"
ON_DEVICE = "tablette\u00a0: liste chiffrée sur l’appareil, code personnel, retrait à distance"
SIGNED = "lignes signées et enchaînées\u00a0: une ligne changée, retirée ou ajoutée se voit"
CHECKED = "chaque fichier reçu est refait, et passé à l’antivirus avant"
ONCE = "mots de passe et codes en empreinte seule, essais ralentis"
_MORE = {
    "read_log": (SIGNED,),
    "agent_accounts": (ONCE,),
    "family_accounts": (ONCE,),
    "registrations": (SEALED, CHECKED),
    "conversations": (SEALED, CHECKED),
    "attendance": (ON_DEVICE,),
    **dict.fromkeys(
        ("dossier", "provider", "person_requests", "portal_pages", "schools", "proofs"), (SEALED,)
    ),
    **dict.fromkeys(
        ("emails", "letters", "alerts", "barriers", "breaches", "approvals"), (SEALED_ALONE,)
    ),
}
"""Further measures of a treatment; amounts, places and bookings are in clear in their database."""

NO_TRANSFER = "aucun hors de l’Union européenne par ce logiciel"
NEEDED = "nécessaire\u00a0: données de santé, ou révélant une croyance, d’enfants (RGPD art. 35)"
TO_JUDGE = "à juger avec le délégué\u00a0: enfants, personnes vulnérables (WP 248)"
USUAL = "pas requise d’office"
ARTICLE_9 = "art. 9"
OF_CHILDREN = "enfants"


def with_security_measures(entry: Treatment, town: Town) -> Treatment:
    """Complete an entry: what it says of itself stays."""
    return {
        **entry,
        "security": [*EVERYWHERE, *_MORE.get(entry["treatment"], ())],
        "processors": [*_hosting_company(town), *entry.get("processors", ())],
        "transfers": entry.get("transfers") or [NO_TRANSFER],
        "dpia": _impact_assessment_sentence(entry),
    }


def _hosting_company(town: Town) -> list[str]:
    return [f"hébergeur\u00a0: {town.legal.host}"] if town.legal else []


def _impact_assessment_sentence(entry: Treatment) -> str:
    if any("9-2" in basis or ARTICLE_9 in basis for basis in entry["legal_bases"]):
        return NEEDED
    return TO_JUDGE if any(OF_CHILDREN in of for of in entry["subjects"]) else USUAL
