"""Labels of income at a desk: bands and bases as everywhere, activities by the provider's names."""

from flask_babel import gettext as _

from services.enrolment.desk.regie.labels.billing import activity_name
from shared.web.agents.income_labels import BASES, band

__all__ = ["BASES", "activity", "band"]


def activity(code: str) -> str:
    """Name an activity; bills of another software say none."""
    return activity_name(code) if code else _("Sans activité")
