"""States on figures at the front desk: the quarters that this provider published."""

from collections.abc import Mapping

from sqlalchemy import Select, select
from sqlalchemy.orm import Session as Database

from services.enrolment.figures.commands.publishing_quarters import publish_again
from services.enrolment.figures.queries.published_quarters import event_of_quarter
from services.enrolment.models import PublishedFigures
from shared.contracts.enrolment.figures import FiguresPublished, figures_published
from shared.database import Write
from shared.database.comparison.compared_states import Published, Route, Versions, make_page_reader


def _select_quarter_versions(_route: Route) -> Select[str, int]:
    return select(PublishedFigures.period, PublishedFigures.version)


def _quarter_contents(
    read: Database, _route: Route, versions: Versions
) -> Mapping[str, FiguresPublished]:
    rows = read.scalars(select(PublishedFigures).where(PublishedFigures.period.in_(versions)))
    return {row.period: event_of_quarter(row) for row in rows}


def _publish_quarters(write: Write, _route: Route, versions: Versions) -> None:
    publish_again(write, sorted(versions), dict(versions))


PUBLISHED = (
    Published(
        figures_published,
        make_page_reader(_select_quarter_versions),
        _quarter_contents,
        _publish_quarters,
        lambda event: [event.period],
    ),
)
