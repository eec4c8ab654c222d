"""Signature of certificates of enrolment: written by the administrator, in place of the former."""

from dataclasses import asdict, dataclass
from datetime import datetime

from services.enrolment.models import SchoolSignature
from services.enrolment.school_year.enrolments.queries.enrolments import certificate_signature
from shared.contracts.enrolment.school_year.schools import ImportedSignature
from shared.database import Write
from shared.register.declarations import OPS


@dataclass(frozen=True, kw_only=True)
class SignatureFields:
    """Signer, quality and place; the deliberation sets the areas, "" where none does."""

    acts_as: str
    quality: str
    signer: str
    delegation: str
    place: str
    deliberation: str
    address: str = ""
    court: str = ""


def import_signature(write: Write, imported: ImportedSignature, now: datetime) -> None:
    """Take who signs from another software, where nobody has written it."""
    if certificate_signature(write) is None:
        set_certificate_signature(write, SignatureFields(**imported), by=OPS, now=now)


def set_certificate_signature(
    write: Write, fields: SignatureFields, *, by: str, now: datetime
) -> None:
    """Write who signs from now on; certificates of before keep what they say."""
    row = certificate_signature(write) or SchoolSignature(id=1)
    for name, value in asdict(fields).items():
        setattr(row, name, value)
    row.written_by, row.written_at = by, now
    write.add(row)
    write.flush()
