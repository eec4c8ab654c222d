"""Reads, registrations and corrections from a paper, in the treatment register."""

from shared.json_values import JsonMapping
from shared.register.entitlement import CHECK_DOSSIERS, CORRECT, JOIN, PERSON_REQUESTS, PROTECT
from shared.register.treatments import Treatment

TASK = "RGPD art. 6-1-e\u00a0: mission d’intérêt public"
PROOF = "RGPD art. 6-1-c\u00a0: obligation légale (RGPD art. 5-2, 24 et 32)"
CHILDREN = ["enfants", "responsables légaux"]

READS: Treatment = {
    "treatment": "read_log",
    "holder": "Journal des lectures",
    "purpose": "Savoir qui a lu quoi d’un enfant, le dire à sa famille, voir l’inhabituel",
    "legal_bases": [PROOF],
    "subjects": ["agents", "enfants"],
    "categories": [
        "enfant, service, fonction, partie lue, motif, heure, agent",
        "demande du nom derrière une lecture\u00a0: motif, qui l’a demandée, qui l’a accordée",
    ],
    "retention": ["12\u00a0mois\u00a0; la purge est une ligne signée"],
    "source": "écrit par les pages à chaque lecture",
}
REGISTRATIONS: Treatment = {
    "treatment": "registrations",
    "holder": "Premières demandes et reprise d’un autre logiciel",
    "purpose": "Ouvrir le dossier d’un enfant après contrôle de l’identité et du lien",
    "legal_bases": [TASK],
    "subjects": CHILDREN,
    "categories": [
        "ce qui est déclaré avant l’ouverture du dossier",
        "pièces photographiées\u00a0: identité, lien, domicile",
        "référence dans l’ancien logiciel, ressemblances à départager",
    ],
    "retention": [
        "brouillon\u00a0: 30\u00a0jours après le dernier changement\u00a0; "
        "demande envoyée\u00a0: 180\u00a0jours\u00a0; décidée\u00a0: 30\u00a0jours",
        "pièces photographiées\u00a0: effacées à la décision",
    ],
    "source": "déclaré par la personne, ou repris d’un logiciel de la ville",
}
PROOFS: Treatment = {
    "treatment": "proofs",
    "holder": "Corrections, protections et mesures notées au guichet",
    "purpose": "Tenir juste ce que le dossier dit d’un enfant, d’après un document vu",
    "legal_bases": [TASK],
    "subjects": [*CHILDREN, "personnes visées par un jugement"],
    "categories": [
        "ce qui est corrigé, document vu, sa date, agent, motif",
        "foyer protégé, personne à qui ne pas remettre l’enfant, placement, décès",
        "dossiers réunis ou séparés",
    ],
    "retention": ["tant que l’identité de l’enfant est gardée\u00a0; une mesure, jusqu’à sa fin"],
    "source": "noté par un agent du guichet, d’après un document",
}


def entries_of_reads_and_corrections(register: JsonMapping) -> list[Treatment]:
    """Give the entries, with the roles of the front desk that read each."""
    readers = (
        (READS, [PERSON_REQUESTS]),
        (REGISTRATIONS, [CHECK_DOSSIERS]),
        (PROOFS, [CORRECT, PROTECT, JOIN]),
    )
    return [
        entry | {"provider": None, "recipients": roles_that_may(register, *acts)}
        for entry, acts in readers
    ]


def roles_that_may(register: JsonMapping, *acts: str) -> list[str]:
    """Return the labels of the front desk's roles with any of these permissions."""
    desk = register.get("front_desk") or {"roles": []}
    return [role["label"] for role in desk["roles"] if not set(acts).isdisjoint(role["acts"])]
