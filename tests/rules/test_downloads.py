"""Names of files that pages hand out: with their accents, or without them whole; pure."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.http import parse_options_header

from shared.web.base import downloads
from shared.web.base.downloads import content_disposition

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("Reçu-2026-ENS-000012.pdf", "Recu-2026-ENS-000012.pdf"),
        ("Attestation-2026-Zoé-Lebœuf.pdf", "Attestation-2026-Zoe-Leboeuf.pdf"),
        ("ŒUVRE À NOËL.PDF", "OEUVRE-A-NOEL.PDF"),
        ("Évacuation\u00a0: enfants présents.pdf", "Evacuation-enfants-presents.pdf"),
        ("lot-2026-ENS-L-000003.csv", "lot-2026-ENS-L-000003.csv"),
        ("фото.jpg", "document.jpg"),
        ("", "document"),
    ],
)
def test_a_file_is_called_as_it_is_and_without_accents_for_who_cannot_read_them(
    name: str, plain: str
) -> None:
    header = content_disposition("attachment", name)

    assert f'filename="{plain}"' in header
    said = parse_options_header(header)[1]["filename"]
    assert said == (re.sub(r"\s+", " ", name.replace(":", "-")) or "document")


@given(name=st.text(max_size=60))
def test_no_name_leaves_its_header_or_its_folder(name: str) -> None:
    header = content_disposition("inline", name)

    assert header.isascii() and header.isprintable() and header.count('"') == 2
    assert not set(parse_options_header(header)[1]["filename"]) & set('/\\"\n\r\0')


def test_a_file_to_keep_is_never_shown_and_one_to_look_at_has_its_name_too() -> None:
    kept = downloads.file_to_save(b"1", "Reçu.pdf", "application/pdf")
    shown = downloads.file_to_view(b"1", "Reçu.pdf", "application/pdf")

    named = "filename=\"Recu.pdf\"; filename*=UTF-8''Re%C3%A7u.pdf"
    assert kept.headers["Content-Disposition"] == f"attachment; {named}"
    assert shown.headers["Content-Disposition"] == f"inline; {named}"


def test_no_other_place_says_what_a_file_is_called_that_leaves() -> None:
    header = re.compile(r"content.disposition|download_name|send_file\(|send_from_directory", re.I)
    found = {
        str(path.relative_to(ROOT))
        for folder in ("services", "shared")
        for path in (ROOT / folder).rglob("*.py")
        if header.search(path.read_text("utf-8"))
    }

    assert found == {"shared/web/base/downloads.py"}
