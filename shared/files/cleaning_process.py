"""
The program that makes a sent file anew, in a process of its own (`shared/files/cleaning.py`).

Reads a file on standard input and writes a new one of the same look: a JPEG picture of the pixels
alone, or a PDF of the pages alone. Ends with 0, or with one of the exit codes below and no output.
Codecs are where hostile files do their harm: this process holds no key, imports nothing of the
project and limits itself before it reads a byte.
"""

import io
import resource
import sys
from typing import Any

import pikepdf
import pypdfium2
from PIL import Image, ImageOps, UnidentifiedImageError
from pillow_heif import register_heif_opener

MEMORY_BYTES = 1536 * 1024 * 1024
CPU_SECONDS = 20
MOST_PIXELS = 64_000_000
"""Pixels of a telephone's picture today; a decoded picture has three bytes for each."""
LONGEST_SIDE = 3000
"""Pixels: an A4 page at 250 dots per inch."""
QUALITY = 85
MOST_FLATTENED = 40
"""Pages of a PDF that is drawn because its pages cannot be copied."""
FLATTENED_DPI = 150
WHITE = ((255, 255),) * 3
"""Lowest and highest value in each colour of an empty page."""

BROKEN, VAST, LOCKED = 10, 11, 12

ROOT_KEYS = {"/Type", "/Pages", "/StructTreeRoot", "/MarkInfo", "/Lang", "/OCProperties"}
"""Keys of a document: its pages, and what a screen reader goes by."""
TREE_KEYS = {"/Type", "/Parent", "/Resources", "/MediaBox", "/CropBox", "/Rotate"}
BRANCH_KEYS = TREE_KEYS | {"/Kids", "/Count"}
PAGE_KEYS = TREE_KEYS | {"/Contents", "/UserUnit", "/StructParents", "/Tabs", "/Group"}
"""Keys of a page: its look. Links, forms, actions, files and thumbnails hang on other keys."""
FOREIGN_KEYS = {"/AF", "/Metadata", "/PieceInfo", "/OPI", "/Ref", "/F", "/FFilter", "/FDecodeParms"}
"""
Keys of a stream: files beside it, where and with what it was made, content that lies elsewhere.
"""


class Refused(Exception):
    """A file that is not made anew; `code` is the exit code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def clean(content: bytes) -> bytes:
    """Return the file made anew; raises Refused, and whatever its codec raises."""
    if content.startswith(b"%PDF-"):
        return clean_pdf(content)
    return clean_picture(content)


def clean_picture(content: bytes) -> bytes:
    """Return the first picture, upright on white, without anything that came with its pixels."""
    register_heif_opener(thumbnails=False)
    Image.MAX_IMAGE_PIXELS = None  # checked here, before a pixel is read
    try:
        picture = Image.open(io.BytesIO(content), formats=("JPEG", "PNG", "WEBP", "HEIF"))
    except UnidentifiedImageError:
        raise Refused(BROKEN) from None
    width, height = picture.size
    if width * height > MOST_PIXELS:
        raise Refused(VAST)
    picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    upright = ImageOps.exif_transpose(picture)
    layers = upright.convert("RGBA")
    sheet = Image.new("RGB", layers.size, "white")
    sheet.paste(layers, mask=layers.getchannel("A"))
    made = io.BytesIO()
    sheet.save(made, "JPEG", quality=QUALITY, optimize=True)
    return made.getvalue()


def clean_pdf(content: bytes) -> bytes:
    """Return a PDF of the same pages: copied by what makes their look, else drawn as pictures."""
    try:
        return _copy_pages(content)
    except Refused:
        raise
    except pikepdf.PasswordError:
        raise Refused(LOCKED) from None
    except Exception:  # whatever a crooked file brings about: its picture can still be taken
        return _draw_pages(content)


def _copy_pages(content: bytes) -> bytes:
    with pikepdf.open(io.BytesIO(content)) as pdf:
        pdf.generate_appearance_streams()
        pdf.flatten_annotations("all")
        _keep_keys(pdf.Root, ROOT_KEYS)
        _keep_keys(pdf.trailer, {"/Root", "/Size", "/ID"})
        for page in pdf.pages:
            _keep_keys(page.obj, PAGE_KEYS)
        for thing in list(pdf.objects):
            if isinstance(thing, pikepdf.Stream):
                _clean_stream(pdf, thing)
            elif isinstance(thing, pikepdf.Dictionary):
                if thing.get("/Type") == "/Pages":
                    _keep_keys(thing, BRANCH_KEYS)
                _drop_keys(thing, {"/AF"})
        if not pdf.pages or pdf.get_warnings():
            raise ValueError("damaged: what is left of its pages is better seen than believed")
        made = io.BytesIO()
        pdf.save(made, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return made.getvalue()


def _keep_keys(thing: Any, kept: set[str]) -> None:
    _drop_keys(thing, set(thing.keys()) - kept)


def _drop_keys(thing: Any, keys: set[str]) -> None:
    for key in keys & set(thing.keys()):
        del thing[key]


def _clean_stream(pdf: pikepdf.Pdf, stream: Any) -> None:
    """Take foreign content off a stream, and off a photograph in it the place and the device."""
    _drop_keys(stream, FOREIGN_KEYS)
    filters, options = _as_list(stream.get("/Filter")), _as_list(stream.get("/DecodeParms"))
    if not filters or filters[-1] != "/DCTDecode":
        return
    content = stream.read_raw_bytes()
    if len(filters) > 1:
        packed = pdf.make_stream(content, Filter=pikepdf.Array(filters[:-1]))
        if options:
            packed.DecodeParms = pikepdf.Array(options[:-1])
        content = packed.read_bytes()
    last = options[-1] if len(options) == len(filters) else None
    stream.write(_without_metadata(content), filter=pikepdf.Name.DCTDecode, decode_parms=last)


def _as_list(value: object) -> list[object]:
    if value is None:
        return []
    return list(value) if isinstance(value, pikepdf.Array) else [value]


def _without_metadata(jpeg: bytes) -> bytes:
    """Return a JPEG without EXIF, other application segments and comments; Adobe's is kept."""
    kept, place = [jpeg[:2]], 2
    while place + 4 <= len(jpeg) and jpeg[place] == 0xFF and jpeg[place + 1] != 0xDA:
        marker, end = jpeg[place + 1], place + 2 + int.from_bytes(jpeg[place + 2 : place + 4])
        if not (0xE1 <= marker <= 0xEF and marker != 0xEE) and marker != 0xFE:
            kept.append(jpeg[place:end])
        place = end
    return b"".join([*kept, jpeg[place:]])


def _draw_pages(content: bytes) -> bytes:
    """Return a PDF of pictures of the pages."""
    try:
        sent = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        raise Refused(LOCKED if "password" in str(error).lower() else BROKEN) from None
    if not 0 < len(sent) <= MOST_FLATTENED:
        raise Refused(BROKEN if not len(sent) else VAST)
    pages = []
    for page in sent:
        width, height = page.get_size()
        scale = min(FLATTENED_DPI / 72, LONGEST_SIDE / max(width, height, 1))
        pages.append(page.render(scale=scale).to_pil().convert("RGB"))
    if all(page.getextrema() == WHITE for page in pages):
        raise Refused(BROKEN)
    made = io.BytesIO()
    pages[0].save(
        made,
        "PDF",
        save_all=True,
        append_images=pages[1:],
        resolution=FLATTENED_DPI,
        quality=QUALITY,
    )
    return made.getvalue()


def main() -> int:
    """Read, make anew, write; return the exit code."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    content = sys.stdin.buffer.read()
    try:
        made = clean(content)
    except Refused as refused:
        return refused.code
    except Exception:
        return BROKEN
    sys.stdout.buffer.write(made)
    return 0


if __name__ == "__main__":
    sys.exit(main())
