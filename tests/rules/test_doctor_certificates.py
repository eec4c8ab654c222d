"""A certificate is a finding from three weeks before it is over."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

from deploy.doctor.certificates import check_authority, check_expiry, check_pair_of_front
from deploy.engines.town_engines import Front

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


def certificate(path: Path, days: int, *names: str) -> Path:
    """Write a certificate for some hosts that is over in so many days, and its key beside it."""
    key = Ed25519PrivateKey.generate()
    path.with_suffix(".key").write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "familles.example")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW - timedelta(days=90))
        .not_valid_after(NOW + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName(list(map(x509.DNSName, names))), critical=False)
    ).sign(key, None)
    path.write_bytes(made.public_bytes(Encoding.PEM))
    return path


NAMES = ("familles.example", "accueil.example", "*.guichets.example")


def front_of(certificate: Path, key: Path) -> Front:
    """Return a town's addresses with this pair."""
    return Front(
        portal="https://familles.example",
        front_desk="https://accueil.example",
        desks="https://{code}.guichets.example",
        certificate=str(certificate),
        key=str(key),
    )


@pytest.mark.parametrize(
    ("days", "words"), [(-1, "over since 2026-11-25"), (0, "over since"), (5, "over in 5 days")]
)
def test_one_that_is_over_or_soon_will_be_is_said(tmp_path: Path, days: int, words: str) -> None:
    path = certificate(tmp_path / "town.pem", days)

    [finding] = check_expiry(front_of(path, path.with_suffix(".key")), NOW)

    assert words in finding.what and finding.mend.startswith(f"ls -l {path}")
    assert "certbot" not in finding.mend, "nobody said that this file is certbot's"


def test_one_with_a_month_left_is_well(tmp_path: Path) -> None:
    path = certificate(tmp_path / "town.pem", 30)

    assert list(check_expiry(front_of(path, path), NOW)) == []


def test_one_that_is_none_is_said(tmp_path: Path) -> None:
    path = tmp_path / "town.pem"
    path.write_text("not a certificate")

    [finding] = check_expiry(front_of(path, path), NOW)

    assert "cannot be read" in finding.what


@pytest.mark.parametrize(
    ("days", "words"), [(-1, "over since 2026-11-25"), (5, "over in 5 days")], ids=["over", "soon"]
)
def test_who_vouches_for_an_engine_is_no_affair_of_certbot(
    tmp_path: Path, days: int, words: str
) -> None:
    [finding] = check_authority(certificate(tmp_path / "ville.pem", days), "the broker", NOW)

    assert f"by which the town knows the broker, is {words}" in finding.what
    assert "certbot" not in finding.mend and "next connection" in finding.mend


def test_an_authority_beside_its_successor_of_the_same_name_is_well(tmp_path: Path) -> None:
    both = certificate(tmp_path / "ville.pem", -1)
    later = certificate(tmp_path / "later.pem", 900)
    both.write_bytes(both.read_bytes() + later.read_bytes())

    assert list(check_authority(both, "the broker", NOW)) == []


def test_a_pair_that_belongs_together_and_names_each_address_is_well(tmp_path: Path) -> None:
    path = certificate(tmp_path / "town.pem", 30, *NAMES)

    assert list(check_pair_of_front(front_of(path, path.with_suffix(".key")), ["ens"])) == []


def test_the_key_of_another_certificate_is_said_before_nginx_is_started_again(
    tmp_path: Path,
) -> None:
    path = certificate(tmp_path / "town.pem", 30, *NAMES)
    other = certificate(tmp_path / "former.pem", 5, *NAMES).with_suffix(".key")

    [finding] = check_pair_of_front(front_of(path, other), ["ens"])

    assert "is not the key of the certificate" in finding.what and "nginx -t" in finding.mend


def test_a_key_that_is_not_there_is_no_key_of_another_certificate(tmp_path: Path) -> None:
    path = certificate(tmp_path / "town.pem", 30, *NAMES)

    [finding] = check_pair_of_front(front_of(path, tmp_path / "gone.key"), ["ens"])

    assert "gone.key cannot be read" in finding.what


def test_a_key_with_a_passphrase_is_not_looked_at(tmp_path: Path) -> None:
    path = certificate(tmp_path / "town.pem", 30, *NAMES)
    key = load_pem_private_key(path.with_suffix(".key").read_bytes(), password=None)
    sealed = BestAvailableEncryption(b"une phrase")
    path.with_suffix(".key").write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, sealed)
    )

    assert list(check_pair_of_front(front_of(path, path.with_suffix(".key")), ["ens"])) == []


@pytest.mark.parametrize(
    ("names", "lacking"),
    [
        pytest.param(NAMES[:2], "ens.guichets.example", id="desks"),
        pytest.param(
            ("familles.example", "*.guichets.example"), "accueil.example", id="front-desk"
        ),
        pytest.param(("*.example", "guichets.example"), "ens.guichets.example", id="two-labels"),
    ],
)
def test_an_address_that_the_certificate_does_not_name_is_said(
    tmp_path: Path, names: tuple[str, ...], lacking: str
) -> None:
    path = certificate(tmp_path / "town.pem", 30, *names)

    [finding] = check_pair_of_front(front_of(path, path.with_suffix(".key")), ["ens"])

    assert f"is not for {lacking}:" in finding.what
