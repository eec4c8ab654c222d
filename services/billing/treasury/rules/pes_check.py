"""
Check of every PES v2 file: by our own schema, and by the official one where it is given.

It fails closed: a folder that is given and cannot be used refuses every file. Nothing is fetched.
"""

from functools import lru_cache
from pathlib import Path
from typing import Any

from lxml import etree

OWN_SCHEMA = Path(__file__).with_name("ormc.xsd")
ENTRY = "PES_Aller.xsd"
"""The file of the official set that reads the others."""

OFFICIAL, OWN, UNUSABLE = "official", "own", "unusable"


class Unfit(Exception):
    """A file that must not leave; `why` is a code: invalid, invalid_official, unusable."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def check_pes_file(content: bytes, folder: str) -> None:
    """Raise Unfit unless a file passes our schema and, where `folder` is given, the official."""
    if not _passes_schema(_load_schema(OWN_SCHEMA), content):
        raise Unfit("invalid")
    if not folder:
        return
    schema = official_schema(folder)
    if schema is None:
        raise Unfit("unusable")
    if not _passes_schema(schema, content):
        raise Unfit("invalid_official")


def schema_in_use(folder: str) -> str:
    """Say by which schema files are checked: OFFICIAL, OWN, or UNUSABLE."""
    if not folder:
        return OWN
    return OFFICIAL if official_schema(folder) is not None else UNUSABLE


def official_schema(folder: str) -> object:
    """Return the official schema of a folder; None where it is none that can be used."""
    try:
        files = sorted(Path(folder).rglob(ENTRY))
        return _load_schema(files[0]) if len(files) == 1 else None
    except (OSError, etree.LxmlError):
        return None


@lru_cache(maxsize=4)
def _load_schema(path: Path) -> object:
    return etree.XMLSchema(etree.parse(str(path), _safe_xml_parser()))


def _passes_schema(schema: Any, content: bytes) -> bool:
    try:
        return bool(schema.validate(etree.fromstring(content, _safe_xml_parser())))
    except etree.LxmlError:
        return False


def _safe_xml_parser() -> object:
    return etree.XMLParser(no_network=True, resolve_entities=False, load_dtd=False)
