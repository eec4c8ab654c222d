"""Sums of what the dossier publishes, and stores of providers' events (comparison/sums.py)."""

from services.dossier.models.activities.activity_history import Course
from services.dossier.models.families.addresses import HouseholdVersion
from services.dossier.models.households import GuardianCard
from services.dossier.models.providers.provider_links import ActivitiesTaken
from shared.database.comparison.sums import keep_sums_of

HOUSEHOLD_SUMS = keep_sums_of(HouseholdVersion, subject="household_id", version="version")
CARD_SUMS = keep_sums_of(GuardianCard, subject="guardian_id", version="version")
COURSE_SUMS = keep_sums_of(
    Course,
    by=("provider", "origin", "activity"),
    subject="child_id",
    version="version",
    month="month",
    content=("times",),
)
ACTIVITIES_SUMS = keep_sums_of(
    ActivitiesTaken,
    by=("provider",),
    subject="child_id",
    version="version",
    content=("activities",),
)
