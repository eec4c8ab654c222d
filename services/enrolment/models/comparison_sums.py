"""Sums of what a provider publishes, by bucket (comparison/sums.py)."""

from services.enrolment.models.conversations import Thread
from services.enrolment.models.days.attendance import CountVersion, ImportedSheet, RollCall
from services.enrolment.models.places import ActivitiesTaken, CardVersion
from services.enrolment.models.tariffs import PlaceVersion
from shared.database.comparison.sums import keep_sums_of

CARD_SUMS = keep_sums_of(CardVersion, subject="household_id", version="version")
ACTIVITIES_SUMS = keep_sums_of(ActivitiesTaken, subject="child_id", version="version")
ROLL_CALL_SUMS = keep_sums_of(RollCall, subject="session_id", version="version")
IMPORTED_SUMS = keep_sums_of(ImportedSheet, subject="session_id", version="version")
PLACE_SUMS = keep_sums_of(PlaceVersion, by=("activity",), subject="place_id", version="version")
COUNT_SUMS = keep_sums_of(
    CountVersion, by=("activity",), subject="child_id", version="version", month="month"
)
THREAD_SUMS = keep_sums_of(Thread, subject="id", version="version")
