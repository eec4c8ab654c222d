"""A town's antivirus sees each file as it was sent, before anything opens it; a real clamd."""

import io
import json
import zipfile
from collections.abc import Iterator

import pikepdf
import pytest

from deploy.doctor.antivirus import EICAR
from shared.files import cleaning
from shared.files.antivirus import Antivirus, VirusFound
from shared.files.cleaning import FileRefused, clean_file
from shared.files.types import LARGEST_SENT, digest_of_file
from shared.runtime.logs import configure_logs
from tests.factories import sent_files
from tests.factories.clamd import FOUND, answering, clamd

ALERTS = "AlertExceedsMax yes"


@pytest.fixture(scope="module")
def antivirus() -> Iterator[Antivirus]:
    """Give a daemon as docs/cluster.md says how to set it."""
    with clamd(ALERTS) as running:
        yield running


def archive(name: str = "virus.com") -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr(name, EICAR)
    return packed.getvalue()


def infected_pdf() -> bytes:
    """Return a certificate of residence with a virus attached, so that clamd unpacks it."""
    with pikepdf.open(io.BytesIO(sent_files.document())) as pdf:
        pdf.attachments["facture.com"] = EICAR
        # ClamAV 1.4 overlooks a filter that stands behind a dictionary.
        del pdf.attachments["facture.com"].get_file().obj["/Params"]
        return sent_files.saved(pdf)


def infected_photo() -> bytes:
    """Return a photograph with an archive behind its end."""
    return sent_files.photographed("JPEG") + archive()


def refusal_of(sent: bytes, antivirus: Antivirus) -> str:
    with pytest.raises(FileRefused) as refusal:
        clean_file(sent, scanner=antivirus)
    return refusal.value.reason


@pytest.mark.parametrize(
    "sent", [EICAR, archive(), infected_pdf()], ids=["alone", "in an archive", "in a PDF"]
)
def test_a_virus_is_known_alone_in_an_archive_and_attached_to_a_pdf(
    sent: bytes, antivirus: Antivirus
) -> None:
    with pytest.raises(VirusFound) as found:
        antivirus.require_no_virus(sent)

    assert found.value.signature == FOUND


def test_what_would_be_made_anew_without_its_virus_is_refused_all_the_same(
    antivirus: Antivirus,
) -> None:
    for sent in (infected_pdf(), infected_photo()):
        assert EICAR not in clean_file(sent).content, "made anew, it would be clean"

        assert refusal_of(sent, antivirus) == cleaning.INFECTED


def test_a_clean_file_is_scanned_and_made_anew(antivirus: Antivirus) -> None:
    photo = sent_files.photographed("JPEG")

    assert clean_file(photo, scanner=antivirus).content == clean_file(photo).content


def test_the_operator_finds_a_virus_by_its_digest_and_nobody_by_a_name(
    antivirus: Antivirus, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logs("portal")
    sent = infected_pdf()

    refusal_of(sent, antivirus)

    (line,) = [json.loads(each) for each in capsys.readouterr().out.splitlines()]
    assert (line["event"], line["signature"]) == ("virus_found", FOUND)
    assert line["sha256"] == digest_of_file(sent)
    assert not line.keys() - {
        *("event", "signature", "sha256", "principal", "level", "timestamp", "trace")
    }


def test_a_virus_in_a_file_of_the_largest_size_is_found(antivirus: Antivirus) -> None:
    sent = infected_photo() + bytes(LARGEST_SENT - len(infected_photo()))

    assert refusal_of(sent, antivirus) == cleaning.INFECTED


def test_a_file_over_the_largest_size_does_not_reach_the_antivirus() -> None:
    nowhere = Antivirus("/nowhere/clamd.ctl")

    assert refusal_of(b"\xff\xd8\xff" + bytes(LARGEST_SENT), nowhere) == cleaning.HEAVY


def test_a_file_over_the_limits_of_the_antivirus_is_not_taken_for_clean() -> None:
    padded = sent_files.document() + b"\n" * 3_000_000

    with clamd(ALERTS, "MaxFileSize 2M") as small:
        assert refusal_of(padded, small) == cleaning.VAST


def test_a_file_that_the_antivirus_stops_reading_is_not_taken_for_clean() -> None:
    padded = sent_files.document() + b"\n" * 20_000_000

    with clamd("StreamMaxLength 1M") as small:
        assert refusal_of(padded, small) in (cleaning.VAST, cleaning.UNSCANNED)


def test_where_the_antivirus_is_away_no_file_passes() -> None:
    with clamd() as stopped:
        pass

    for nowhere in (stopped, Antivirus("127.0.0.1:9")):
        assert refusal_of(sent_files.photographed("JPEG"), nowhere) == cleaning.UNSCANNED


@pytest.mark.parametrize(
    "answer",
    [b"", b"stream: OK", b"stream: OK\n\0", b"OK\0", b"stream: OK and more\0", b"stream: \0"],
    ids=["nothing", "half", "a line", "no stream", "more", "empty"],
)
def test_anything_but_the_exact_answer_is_not_clean(answer: bytes) -> None:
    with answering(answer) as antivirus:
        assert refusal_of(sent_files.photographed("JPEG"), antivirus) == cleaning.UNSCANNED
