"""The copy of a person's data as a document to read, and as a file for another software."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from services.portal_gateway.front_desk.pages.person_requests.copies import copy_labels
from services.portal_gateway.front_desk.pages.person_requests.copies.gathering import Part
from services.portal_gateway.front_desk.pages.person_requests.copies.row_facts import (
    facts_of_row,
    first_day_of_row,
)
from shared.dates.clock import PARIS
from shared.documents import compiler_lock, lay_out_pdf
from shared.register import Register
from shared.web.language import typography
from shared.web.language.languages import FRENCH
from shared.web.language.typography import with_french_spaces

TEMPLATE = Path(__file__).with_name("copy.typ")
SERVICES = {
    "dossier": "Dossier partagé de l’enfant",
    "billing": "Facturation",
    "identity": "Comptes et connexions",
    "portal": "Espace des familles",
    "front_desk": "Guichet",
}


def copy_json(parts: Sequence[Part]) -> bytes:
    """Return the copy for another software: each service, each table, each row."""
    said = {
        part.principal: [
            {"table": row["table"], "key": row["key"], "content": json.loads(row["content"])}
            for row in part.rows
        ]
        for part in parts
    }
    return (json.dumps(said, ensure_ascii=False, indent=1) + "\n").encode()


def copy_pdf(parts: Sequence[Part], name: str, register: Register, at: datetime) -> bytes:
    """Return the copy to read, tagged (PDF/UA-1); raises NotLaidOut."""
    day = typography.long_date(at.astimezone(PARIS).date(), FRENCH)
    heading = with_french_spaces("Copie de vos données")
    data = {
        "title": heading,
        "author": register.now.town.name,
        "description": heading,
        "footer": with_french_spaces(f"{register.now.town.name}, RGPD art. 15, {day}"),
        "heading": heading,
        "lines": [
            with_french_spaces(f"{name}. {register.now.town.name}, le {day}."),
            with_french_spaces(
                "Tout ce que chaque service garde de vous, et de votre enfant si vous l’avez "
                "demandé. Ni les données d’une autre personne, ni les noms des agents. À quoi "
                "cela sert, qui le reçoit, combien de temps : page « Données personnelles »."
            ),
            with_french_spaces(
                "Les numéros dont les machines se servent sont dans le fichier pour un logiciel, "
                "à votre disposition."
            ),
        ],
        "parts": [part_of_service(part, register) for part in parts],
    }
    with compiler_lock():
        return lay_out_pdf(TEMPLATE, data, at)


def part_of_service(part: Part, register: Register) -> dict[str, object]:
    """Return the tables of a service, rows by their day; one without a word is none."""
    tables: dict[str, list[Mapping[str, object]]] = {}
    for row in part.rows:
        tables.setdefault(row["table"], []).append(json.loads(row["content"]))
    said = {
        table: [
            facts
            for content in sorted(contents, key=first_day_of_row)
            if (facts := list(facts_of_row(content, register)))
        ]
        for table, contents in tables.items()
    }
    return {
        "title": service_label(part.principal, register),
        "tables": [
            {"title": copy_labels.table_label(table), "rows": rows}
            for table, rows in said.items()
            if rows
        ],
    }


def service_label(principal: str, register: Register) -> str:
    """Return what a service is called: a provider as its town names it."""
    provider = register.provider_of(principal)
    return provider.label if provider else SERVICES.get(principal, principal)
