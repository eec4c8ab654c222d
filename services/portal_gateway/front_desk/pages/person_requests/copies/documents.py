"""The copy of a person's data as a document to read, and as a file for another software."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path

from services.portal_gateway.front_desk.pages.person_requests.copies import copy_labels
from services.portal_gateway.front_desk.pages.person_requests.copies.gathering import Part
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
YES, NO = "oui", "non"


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
        ],
        "parts": [_part_of_service(part, register) for part in parts],
    }
    with compiler_lock():
        return lay_out_pdf(TEMPLATE, data, at)


def _part_of_service(part: Part, register: Register) -> dict[str, object]:
    tables: dict[str, list[list[list[str]]]] = {}
    for row in part.rows:
        tables.setdefault(row["table"], []).append(
            list(_labelled_values(json.loads(row["content"])))
        )
    return {
        "title": service_label(part.principal, register),
        "tables": [
            {"title": copy_labels.table_label(table), "rows": rows}
            for table, rows in tables.items()
        ],
    }


def service_label(principal: str, register: Register) -> str:
    """Return what a service is called: a provider as its town names it."""
    provider = register.provider_of(principal)
    return provider.label if provider else SERVICES.get(principal, principal)


def _labelled_values(content: Mapping[str, object]) -> Iterator[list[str]]:
    for name, value in content.items():
        if value not in (None, "", [], {}):
            yield [copy_labels.field_label(name), _value_in_words(value)]


def _value_in_words(value: object) -> str:
    if isinstance(value, bool):
        return YES if value else NO
    if isinstance(value, Mapping):
        return "\u00a0; ".join(f"{name}\u00a0: {said}" for name, said in _labelled_values(value))
    if isinstance(value, list):
        return ", ".join(_value_in_words(each) for each in value)
    return _moment_in_words(value) if isinstance(value, str) else str(value)


def _moment_in_words(text: str) -> str:
    """Return a day or a moment as it is written here, any other text as it is."""
    try:
        if "T" in text:
            return f"{datetime.fromisoformat(text).astimezone(PARIS):%d/%m/%Y %H:%M}"
        return f"{date.fromisoformat(text):%d/%m/%Y}"
    except ValueError:
        return text
