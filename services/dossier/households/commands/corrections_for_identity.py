"""Publishes to identity what was corrected of an adult: the name, and whether the person died."""

from services.dossier.models import Guardian, GuardianVersion
from shared.contracts.dossier.families.household_adults import GuardianCorrected, guardian_corrected
from shared.database import Write
from shared.dates.instant import Instant
from shared.register.declarations import IDENTITY


def publish_guardian(write: Write, adult: Guardian, *, died: bool, when: Instant) -> None:
    """Publish an adult's name, and whether they died, at the next version."""
    row = write.get(GuardianVersion, adult.id, with_for_update=True)
    if row is None:
        row = GuardianVersion(guardian_id=adult.id, version=0)
        write.add(row)
    row.version, row.died = row.version + 1, died
    _publish_guardian_event(write, adult, row, when)


def publish_guardian_again(write: Write, guardian_id: str, above: int, when: Instant) -> None:
    """Publish once more what identity lacks, above the version that it has; nobody, who is gone."""
    row = write.get(GuardianVersion, guardian_id, with_for_update=True)
    adult = write.get(Guardian, guardian_id)
    if row is not None and adult is not None:
        row.version = max(row.version, above) + 1
        _publish_guardian_event(write, adult, row, when)


def event_of_corrected_guardian(
    adult: Guardian, row: GuardianVersion, when: Instant
) -> GuardianCorrected:
    """Return an adult as published now."""
    return GuardianCorrected(adult.id, row.version, adult.name, row.died, at=when.moment)


def _publish_guardian_event(
    write: Write, adult: Guardian, row: GuardianVersion, when: Instant
) -> None:
    write.flush()
    write.publish(guardian_corrected, event_of_corrected_guardian(adult, row, when), to=IDENTITY)
