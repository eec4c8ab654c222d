"""States on figures at the front desk: the quarters that this provider published."""

from collections.abc import Mapping

from sqlalchemy import Select, select
from sqlalchemy.orm import Session as Database

from services.enrolment.figures.commands.publishing import publish_again
from services.enrolment.figures.queries.published_quarters import figures_event
from services.enrolment.models import PublishedFigures
from shared.contracts.enrolment.figures import FiguresPublished, figures_published
from shared.database import Write
from shared.database.comparison.compared_states import Published, Route, Versions, pages


def _quarters(_route: Route) -> Select[str, int]:
    return select(PublishedFigures.period, PublishedFigures.version)


def _contents(read: Database, _route: Route, versions: Versions) -> Mapping[str, FiguresPublished]:
    rows = read.scalars(select(PublishedFigures).where(PublishedFigures.period.in_(versions)))
    return {row.period: figures_event(row) for row in rows}


def _publish(write: Write, _route: Route, versions: Versions) -> None:
    publish_again(write, sorted(versions), dict(versions))


PUBLISHED = (
    Published(
        figures_published, pages(_quarters), _contents, _publish, lambda event: [event.period]
    ),
)
