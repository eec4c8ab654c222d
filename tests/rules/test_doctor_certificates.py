"""A certificate is a finding from three weeks before it is over."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from deploy.doctor.certificates import check_expiry

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


def certificate(path: Path, days: int) -> Path:
    """Write a certificate that is over in so many days."""
    key = Ed25519PrivateKey.generate()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "familles.example")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW - timedelta(days=90))
        .not_valid_after(NOW + timedelta(days=days))
    ).sign(key, None)
    path.write_bytes(made.public_bytes(Encoding.PEM))
    return path


@pytest.mark.parametrize(
    ("days", "words"), [(-1, "over since 2026-11-25"), (0, "over since"), (5, "over in 5 days")]
)
def test_one_that_is_over_or_soon_will_be_is_said(tmp_path: Path, days: int, words: str) -> None:
    [finding] = check_expiry(certificate(tmp_path / "town.pem", days), NOW)

    assert words in finding.what and finding.mend.startswith("certbot renew")


def test_one_with_a_month_left_is_well(tmp_path: Path) -> None:
    assert list(check_expiry(certificate(tmp_path / "town.pem", 30), NOW)) == []


def test_one_that_is_none_is_said(tmp_path: Path) -> None:
    path = tmp_path / "town.pem"
    path.write_text("not a certificate")

    [finding] = check_expiry(path, NOW)

    assert "cannot be read" in finding.what
