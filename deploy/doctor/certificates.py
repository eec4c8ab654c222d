"""Checks of certificates that run out: of the town's addresses, and of engines that it trusts."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509

from deploy.applied_town import Applied
from deploy.doctor.finding import Finding, duration_in_words

NOTICE = timedelta(days=21)
"""Automatic renewal happens a month before: three weeks before, it has failed."""


def check_certificates(applied: Applied) -> Iterator[Finding]:
    for path in _named_certificates(applied):
        yield from check_expiry(path, datetime.now(UTC))


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
    renew = "certbot renew && systemctl reload nginx"
    if end <= moment:
        yield Finding(f"The certificate {path} is over since {end:%Y-%m-%d}.", renew)
    elif end <= moment + NOTICE:
        left = duration_in_words((end - moment).total_seconds())
        yield Finding(f"The certificate {path} is over in {left}.", renew)


def _end_of_certificate(path: Path) -> datetime | None:
    """Return when the first certificate of a file is over; None where it cannot be read."""
    try:
        found = x509.load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError):
        return None
    return min(each.not_valid_after_utc for each in found)
