"""A sent file is made anew: its look is kept, and nothing else that came with it."""

import io
import struct
import zipfile
from pathlib import Path
from zlib import crc32

import pikepdf
import pypdfium2
import pytest
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from shared.files import cleaning
from shared.files.cleaning import FileRefused, clean_file
from shared.files.types import JPEG, LARGEST_SENT, PDF, SENT_TYPES
from tests.factories.sent_files import (
    GPS,
    LEFT,
    PRIVATE,
    RIGHT,
    document,
    photographed,
    saved,
    spread_out,
)


def opened(content: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(content))
    picture.load()
    return picture


def is_near(colour: object, other: tuple[int, int, int]) -> bool:
    assert isinstance(colour, tuple)
    return all(abs(one - two) < 40 for one, two in zip(colour, other, strict=True))


def text_of(content: bytes) -> str:
    return "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(content))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_a_picture_of_each_kind_becomes_a_jpeg_without_place_and_device(kind: str) -> None:
    clean = clean_file(photographed(kind))

    assert clean.media_type == JPEG
    picture = opened(clean.content)
    assert (picture.format, picture.size, dict(picture.getexif())) == ("JPEG", (64, 48), {})
    assert not [word for word in PRIVATE if word in clean.content]
    assert is_near(picture.getpixel((10, 20)), LEFT)
    assert is_near(picture.getpixel((50, 20)), RIGHT)


def test_a_picture_taken_upright_is_turned_as_it_was_seen() -> None:
    picture = opened(clean_file(photographed("JPEG", turn=6)).content)

    assert picture.size == (48, 64)
    assert is_near(picture.getpixel((20, 10)), LEFT)
    assert is_near(picture.getpixel((20, 50)), RIGHT)


def test_what_is_transparent_is_white_paper() -> None:
    file = io.BytesIO()
    Image.new("RGBA", (20, 20), (0, 0, 0, 0)).save(file, "PNG")

    assert opened(clean_file(file.getvalue()).content).getpixel((10, 10)) == (255, 255, 255)


def test_a_large_photo_is_made_smaller_and_keeps_its_form() -> None:
    clean = clean_file(photographed("JPEG", size=(8000, 6000)))

    assert opened(clean.content).size == (3000, 2250)


@pytest.mark.parametrize("tail", [b"<html><script>alert(1)</script>", b"PK\x03\x04 an archive"])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "PDF"])
def test_what_follows_the_end_of_a_file_is_left_out(kind: str, tail: bytes) -> None:
    sent = document() if kind == "PDF" else photographed(kind)

    assert tail[:12] not in clean_file(sent + tail).content


def test_a_file_that_is_an_archive_too_is_none_afterwards() -> None:
    archive = io.BytesIO(photographed("JPEG"))
    archive.seek(0, io.SEEK_END)
    with zipfile.ZipFile(archive, "a") as both:
        both.writestr("evil.exe", "MZ")
    assert zipfile.is_zipfile(io.BytesIO(archive.getvalue()))

    assert not zipfile.is_zipfile(io.BytesIO(clean_file(archive.getvalue()).content))


def test_a_pdf_keeps_its_text_and_loses_scripts_actions_links_and_files() -> None:
    with pikepdf.open(io.BytesIO(document())) as pdf:
        script = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert('hostile')")
        pdf.Root.OpenAction = script
        pdf.Root.AA = pikepdf.Dictionary(WC=script)
        pdf.Root.Names = pikepdf.Dictionary(
            JavaScript=pikepdf.Dictionary(Names=pikepdf.Array(["a", script]))
        )
        pdf.attachments["hostile.exe"] = b"hostile content"
        page = pdf.pages[0].obj
        page.AA = pikepdf.Dictionary(O=pikepdf.Dictionary(S=pikepdf.Name.Launch, F="hostile.exe"))
        link = pikepdf.Dictionary(S=pikepdf.Name.URI, URI="https://hostile.example")
        page.Annots = pikepdf.Array(
            [
                pikepdf.Dictionary(
                    Type=pikepdf.Name.Annot,
                    Subtype=pikepdf.Name.Link,
                    Rect=pikepdf.Array([0, 0, 600, 800]),
                    A=link,
                )
            ]
        )
        sent = saved(pdf)
    assert b"hostile" in spread_out(sent)

    clean = clean_file(sent)

    assert clean.media_type == PDF
    assert "Attestation de domicile" in text_of(clean.content)
    plain = spread_out(clean.content)
    hostile = (b"hostile", b"JavaScript", b"Launch", b"URI", b"EmbeddedFile", b"ReportLab")
    assert not [word for word in hostile if word in plain]


def test_a_form_that_was_filled_in_is_read_as_it_was_filled_in() -> None:
    file = io.BytesIO()
    canvas = Canvas(file)
    canvas.acroForm.textfield(name="name", value="Camille Roy", x=100, y=500, width=200)
    canvas.showPage()
    canvas.save()

    clean = clean_file(file.getvalue()).content

    assert "Camille Roy" in text_of(clean)
    assert b"AcroForm" not in spread_out(clean)


@pytest.mark.parametrize("packed", [True, False])
def test_a_photo_in_a_pdf_loses_its_place_and_device(tmp_path: Path, packed: bool) -> None:
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(photographed("JPEG"))
    sent = document(photo)
    if not packed:
        with pikepdf.open(io.BytesIO(sent)) as pdf:
            (image,) = pdf.pages[0].images.values()
            image.write(photo.read_bytes(), filter=pikepdf.Name.DCTDecode)
            sent = saved(pdf)
        assert GPS.encode() in sent

    clean = clean_file(sent).content

    assert not [word for word in PRIVATE if word in spread_out(clean)]
    drawn = pypdfium2.PdfDocument(clean)[0].render(scale=1).to_pil().convert("RGB")
    assert is_near(drawn.getpixel((150, drawn.height - 400)), LEFT)


def test_a_pdf_whose_list_of_objects_is_broken_is_drawn() -> None:
    sent = document().replace(b"startxref", b"startxxxx")

    clean = clean_file(sent)

    assert clean.media_type == PDF
    page = pypdfium2.PdfDocument(clean.content)[0].render(scale=1).to_pil()
    assert page.convert("L").getextrema()[0] < 100, "its text is seen"
    assert "Attestation" not in text_of(clean.content), "as a picture"


def test_a_pdf_that_only_forbids_changes_is_taken() -> None:
    with pikepdf.open(io.BytesIO(document())) as pdf:
        sent = saved(pdf, encryption=pikepdf.Encryption(owner="a", user=""))

    assert "Attestation" in text_of(clean_file(sent).content)


def locked() -> bytes:
    with pikepdf.open(io.BytesIO(document())) as pdf:
        return saved(pdf, encryption=pikepdf.Encryption(owner="a", user="b"))


def vast() -> bytes:
    """Return a small picture whose header says that it has more pixels than a memory holds."""
    picture = photographed("PNG")
    header = picture[12:16] + struct.pack(">II", 50_000, 50_000) + picture[24:29]
    return picture[:12] + header + struct.pack(">I", crc32(header)) + picture[33:]


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        (b"", cleaning.KIND),
        (b"<svg onload='x'/>", cleaning.KIND),
        (b"GIF89a" + bytes(40), cleaning.KIND),
        (b"\xff\xd8\xff" + bytes(900), cleaning.BROKEN),
        (photographed("PNG")[:90], cleaning.BROKEN),
        (document()[:500], cleaning.BROKEN),
        (b"%PDF-1.7\nnothing", cleaning.BROKEN),
        (locked(), cleaning.LOCKED),
        (vast(), cleaning.VAST),
        (b"\xff\xd8\xff" + bytes(LARGEST_SENT), cleaning.HEAVY),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_that_cannot_be_made_anew_is_refused_with_its_reason(
    sent: bytes, reason: str
) -> None:
    with pytest.raises(FileRefused) as refusal:
        clean_file(sent)

    assert refusal.value.reason == reason


def test_a_file_that_is_too_large_once_made_anew_is_refused() -> None:
    with pytest.raises(FileRefused) as refusal:
        clean_file(document(), most=100)

    assert refusal.value.reason == cleaning.HEAVY


def test_a_clean_file_made_anew_again_stays_what_it_is() -> None:
    for sent in (photographed("JPEG"), document()):
        once = clean_file(sent)
        again = clean_file(once.content)

        assert again.media_type == once.media_type
        assert abs(len(again.content) - len(once.content)) < len(once.content) / 10


def test_a_cleaner_that_dies_refuses_its_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cleaning, "SECONDS", 0.01)

    with pytest.raises(FileRefused) as refusal:
        clean_file(photographed("JPEG"))

    assert refusal.value.reason == cleaning.BROKEN


def test_a_browser_offers_every_kind_that_is_taken() -> None:
    assert set(SENT_TYPES) == {JPEG, PDF, "image/png", "image/webp", "image/heic"}
