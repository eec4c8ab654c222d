"""The chart of a campaign's days: one bar a day, who goes on below, who does not above."""

from collections.abc import Mapping
from datetime import date, timedelta

from services.enrolment.desk.page_parts.bar_charts import Layout, Plot, make_plot_of_columns

CONFIRMED, DECLINED = "confirmed", "declined"
LAYOUT = Layout((CONFIRMED, DECLINED), left=56, stacked=True, gap=0.2, most_names=8)

CountsByDay = Mapping[date, tuple[int, int]]
"""Confirmed and declined answers of each day."""


def plot_of_days(counts_by_day: CountsByDay, first: date, last: date) -> Plot | None:
    """Draw the days of a campaign, days without an answer too; None without any answer."""
    days = [first + timedelta(days=at) for at in range((max(last, first) - first).days + 1)]
    counts = {day: counts_by_day.get(day, (0, 0)) for day in days}
    return make_plot_of_columns(counts, LAYOUT, str, "{:%d/%m}".format)
