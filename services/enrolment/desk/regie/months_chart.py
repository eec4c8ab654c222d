"""The chart of a régie's months: sums billed, credited and collected."""

from collections.abc import Sequence

from services.enrolment.desk.page_parts.bar_charts import Layout, Plot, make_plot_of_columns
from services.enrolment.desk.regie.labels.billing import short_month
from shared.contracts.billing.regie.payers import BilledMonth
from shared.web.prices.price_labels import euros

LAYOUT = Layout(("billed", "credited", "paid"), left=84, height=300)


def plot_of_months(months: Sequence[BilledMonth]) -> Plot | None:
    """Draw months, the oldest first; None if no month has an amount."""
    amounts = {
        month["month"]: (month["billed_cents"], month["credited_cents"], month["paid_cents"])
        for month in sorted(months, key=lambda month: month["month"])
    }
    return make_plot_of_columns(amounts, LAYOUT, _whole_euros, short_month)


def _whole_euros(cents: int) -> str:
    return euros(cents).replace(",00", "")
