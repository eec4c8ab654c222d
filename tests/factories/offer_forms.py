"""Forms as an office fills them in for a group of an activity."""

from datetime import timedelta

from shared.dates.clock import today

GROUP = {
    "label": "Premier service",
    "places": "40",
    "weekdays": ["1", "2", "3", "4", "5", "6", "7"],
    "starts": "11:45",
    "ends": "12:40",
    "runs_in": "always",
}


def a_month() -> dict[str, str]:
    """Return from when to when the group of the form meets: for a month from today."""
    last = today() + timedelta(days=30)
    return {"first_day": today().isoformat(), "last_day": last.isoformat()}
