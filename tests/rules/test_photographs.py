"""A photographed paper: the picture is kept, and nothing that came with it."""

import io
import struct
import zlib

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from shared.files.photographs import JPEG, LARGEST, PNG, NoPicture, bare_picture

GPS = "48.4469 N, 1.4892 E"


def photographed(kind: str = "JPEG", *, turn: int = 6) -> bytes:
    """Return a picture as a telephone makes it: turned, with where it was taken."""
    image = Image.effect_noise((64, 48), 40).convert("RGB")
    exif = Image.Exif()
    exif[0x0112], exif[0x010F], exif[0x9286] = turn, "TELEPHONE", GPS
    file = io.BytesIO()
    if kind == "PNG":
        told = PngInfo()
        told.add_text("Comment", GPS)
        image.save(file, kind, pnginfo=told)
    else:
        image.save(file, kind, exif=exif, comment=GPS.encode(), progressive=kind == "JPEG")
    return file.getvalue()


def opened(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


@pytest.mark.parametrize(("kind", "said"), [("JPEG", JPEG), ("PNG", PNG)])
def test_where_a_paper_was_photographed_is_left_out_and_the_picture_is_the_same(
    kind: str, said: str
) -> None:
    sent = photographed(kind)
    assert GPS.encode() in sent

    kept = bare_picture(sent)

    assert kept.media_type == said
    assert GPS.encode() not in kept.content
    assert b"TELEPHONE" not in kept.content
    assert opened(kept.content).tobytes() == opened(sent).tobytes()


def test_a_picture_taken_upright_stays_upright() -> None:
    kept = bare_picture(photographed(turn=6))

    exif = opened(kept.content).getexif()
    assert dict(exif) == {0x0112: 6}


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_what_follows_the_end_of_a_picture_is_left_out(kind: str) -> None:
    kept = bare_picture(photographed(kind) + b"<script>alert(1)</script>")

    assert b"<script>" not in kept.content


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"%PDF-1.7\n1 0 obj << /JavaScript >>",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>",
        b"GIF89a" + bytes(20),
        b"\xff\xd8<html>",
        b"\xff\xd8\xff\xd9",
        photographed()[:400],
        photographed("PNG")[:200],
        bytes(LARGEST + 1),
    ],
    ids=["nothing", "pdf", "svg", "gif", "html", "no picture", "half a jpeg", "half a png", "vast"],
)
def test_what_is_no_whole_picture_is_refused(sent: bytes) -> None:
    with pytest.raises(NoPicture):
        bare_picture(sent)


def test_a_picture_that_would_fill_the_memory_of_who_opens_it_is_refused() -> None:
    header = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + b"IHDR" + header
    sent = b"\x89PNG\r\n\x1a\n" + chunk + struct.pack(">I", zlib.crc32(chunk[4:]))

    with pytest.raises(NoPicture):
        bare_picture(sent)
