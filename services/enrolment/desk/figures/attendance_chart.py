"""The chart of a period's children: who came, who did not, who was excused, by part."""

from collections.abc import Mapping

from services.enrolment.desk.figures.labels import short_part
from services.enrolment.desk.page_parts.bar_charts import Layout, Plot, make_plot_of_columns
from services.enrolment.figures.rules.attendance import Sums
from shared.web.language.typography import whole_number

LAYOUT = Layout(("came", "missing", "excused"), left=64)


def counts_of(sums: Sums) -> dict[str, int]:
    """Return what is drawn of sums."""
    missing = sums.absent + sums.cancelled_late
    return {"came": sums.came, "missing": missing, "excused": sums.excused}


def plot_of_parts(parts: Mapping[str, Sums]) -> Plot | None:
    """Draw the parts of a period in order; None if nobody is in any."""
    counts = {part: tuple(counts_of(sums).values()) for part, sums in sorted(parts.items())}
    return make_plot_of_columns(counts, LAYOUT, whole_number, short_part)
