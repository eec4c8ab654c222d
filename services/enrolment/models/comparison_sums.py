"""Sums of what a provider publishes, by bucket (comparison/sums.py)."""

from services.enrolment.models.conversations import Thread
from services.enrolment.models.days.attendance import CountVersion, ImportedSheet, RollCall
from services.enrolment.models.places import ActivitiesTaken, CardVersion
from services.enrolment.models.tariffs import PlaceVersion
from shared.database.comparison.sums import summed

CARD_SUMS = summed(CardVersion, subject="household_id", version="version")
ACTIVITIES_SUMS = summed(ActivitiesTaken, subject="child_id", version="version")
ROLL_CALL_SUMS = summed(RollCall, subject="session_id", version="version")
IMPORTED_SUMS = summed(ImportedSheet, subject="session_id", version="version")
PLACE_SUMS = summed(PlaceVersion, by=("activity",), subject="place_id", version="version")
COUNT_SUMS = summed(
    CountVersion, by=("activity",), subject="child_id", version="version", month="month"
)
THREAD_SUMS = summed(Thread, subject="id", version="version")
