"""
Checks of certificates: of the town's addresses, and of engines that it trusts.

nginx reads certificate and key when it starts or is told to: with a pair that does not fit it goes
on with the former one, and does not start any more.
"""

import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from deploy.applied_town import Applied
from deploy.doctor.finding import Finding, duration_in_words
from deploy.engines.town_engines import Front

NOTICE = timedelta(days=21)
"""Automatic renewal happens a month before: three weeks before, it has failed."""
RELOAD = "nginx -t && systemctl reload nginx"
RENEW = f"certbot renew && {RELOAD}"
ANSWER_SECONDS = 3.0
HTTPS = 443


def check_certificates(applied: Applied) -> Iterator[Finding]:
    for path in _named_certificates(applied):
        yield from check_expiry(path, datetime.now(UTC))
    front = applied.engines_of_town.front
    if front is not None and front.certificate:
        register = applied.register_in_force() or {"providers": []}
        yield from check_pair_of_front(front, [row["code"] for row in register["providers"]])
        yield from check_served_certificate(front, datetime.now(UTC))


def ends_of_certificates(applied: Applied) -> dict[Path, datetime | None]:
    """Return when each certificate is over; None for one that cannot be read."""
    return {path: _end_of_certificate(path) for path in _named_certificates(applied)}


def _named_certificates(applied: Applied) -> list[Path]:
    engines = applied.engines_of_town
    named = [engines.front.certificate if engines.front else "", engines.broker_engine.authority]
    if engines.database_engine is not None:
        named.append(engines.database_engine.authority)
    return [Path(name) for name in sorted({each for each in named if each})]


def check_expiry(path: Path, moment: datetime) -> Iterator[Finding]:
    """Yield a finding if a certificate of a file is expired, or soon will be."""
    end = _end_of_certificate(path)
    if end is None:
        yield Finding(f"The certificate {path} cannot be read.", f"ls -l {path}")
        return
    if end <= moment:
        yield Finding(f"The certificate {path} is over since {end:%Y-%m-%d}.", RENEW)
    elif end <= moment + NOTICE:
        left = duration_in_words((end - moment).total_seconds())
        yield Finding(f"The certificate {path} is over in {left}.", RENEW)


def check_pair_of_front(front: Front, codes: list[str]) -> Iterator[Finding]:
    """
    Yield findings where the key is another certificate's, and where this one lacks an address.

    A key that this user may not read is looked at by nobody here: under systemd it is root's.
    """
    try:
        certificate = x509.load_pem_x509_certificates(Path(front.certificate).read_bytes())[0]
    except (OSError, ValueError):
        return  # said before
    try:
        fits = _is_key_of_certificate(Path(front.key), certificate)
    except OSError:
        fits = True
        yield Finding(f"The key {front.key} cannot be read.", f"ls -l {front.key}")
    if not fits:
        yield Finding(
            f"{front.key} is not the key of the certificate {front.certificate}: nginx goes on with"
            " those of before, and does not start any more.",
            f"ls -l {front.certificate} {front.key}  # put those of one order there, {RELOAD}",
        )
    named = _names_of_certificate(certificate)
    addresses = [front.portal, front.front_desk, *(front.desk_address(code) for code in codes)]
    hosts = [str(urlsplit(address).hostname) for address in addresses]
    if lacking := [host for host in hosts if not _is_named(host, named)]:
        yield Finding(
            f"The certificate {front.certificate} is not for {', '.join(lacking)}: browsers refuse"
            " to open that address.",
            f"openssl x509 -noout -ext subjectAltName -in {front.certificate}",
        )


def check_served_certificate(front: Front, moment: datetime) -> Iterator[Finding]:
    """Yield a finding where families are shown one that is over, or soon will be, and not ours."""
    address = urlsplit(front.portal)
    host, kept = str(address.hostname), _end_of_certificate(Path(front.certificate))
    end = _end_of_served_certificate(host, address.port or HTTPS)
    if end is None or kept is None or kept <= end or end > moment + NOTICE:
        return
    yield Finding(
        f"{host} still shows a certificate that is over on {end:%Y-%m-%d}, and {front.certificate}"
        f" is good until {kept:%Y-%m-%d}: nginx has not read it.",
        RELOAD,
    )


def _is_key_of_certificate(path: Path, certificate: x509.Certificate) -> bool:
    """
    Return whether a key is that of a certificate; True where it may not be looked at.

    Raises OSError where it cannot be read otherwise.
    """
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (PermissionError, TypeError):  # TypeError: it has a passphrase
        return True
    except (ValueError, UnsupportedAlgorithm):
        return False
    return key.public_key() == certificate.public_key()


def _names_of_certificate(certificate: x509.Certificate) -> list[str]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return [name.lower() for name in names.get_values_for_type(x509.DNSName)]


def _is_named(host: str, names: list[str]) -> bool:
    """Return whether a browser takes a host for one of these: a star stands for one label."""
    return host in names or f"*.{host.partition('.')[2]}" in names


def _end_of_served_certificate(host: str, port: int) -> datetime | None:
    """Return when the certificate that an address shows is over; None where nobody answers."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # one that is over is sought
    try:
        with (
            socket.create_connection((host, port), timeout=ANSWER_SECONDS) as connected,
            context.wrap_socket(connected, server_hostname=host) as secured,
        ):
            shown = secured.getpeercert(binary_form=True)
    except (OSError, ValueError):
        return None
    return x509.load_der_x509_certificate(shown).not_valid_after_utc if shown else None


def _end_of_certificate(path: Path) -> datetime | None:
    """Return when the first certificate of a file is over; None where it cannot be read."""
    try:
        found = x509.load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError):
        return None
    return min(each.not_valid_after_utc for each in found)
