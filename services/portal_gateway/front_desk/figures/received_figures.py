"""Replica of providers' figures, from `figures_published`: a newer version replaces the former."""

from collections.abc import Collection, Iterator

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from services.portal_gateway.front_desk.models import ProviderFigures
from shared.contracts.enrolment.figures import FiguresPublished, figures_published
from shared.database import Write
from shared.database.comparison.compared_states import Stored, StoredState

_KEYS = ("source", "period")


def keep_figures(write: Write, source: str, event: FiguresPublished) -> None:
    """Keep a quarter as its provider published it, if it is newer."""
    state = {"version": event.version, "content": dict(event.content), "at": event.at}
    write.execute(
        write.upsert_into(ProviderFigures)
        .values(source=source, period=event.period, **state)
        .on_conflict_do_update(
            index_elements=_KEYS, set_=state, where=ProviderFigures.version < event.version
        )
    )


def _stored_figures(read: Session, source: str) -> Iterator[StoredState]:
    for row in read.scalars(select(ProviderFigures).filter_by(source=source)):
        yield StoredState(row.period, row.version, {"period": row.period, "content": row.content})


def _delete_figures(write: Write, source: str, keys: Collection[str]) -> None:
    theirs = (ProviderFigures.source == source, ProviderFigures.period.in_(keys))
    write.execute(delete(ProviderFigures).where(*theirs))


FIGURES = Stored(figures_published, _stored_figures, _delete_figures)
"""Quarters as the front desk stores them, to be compared with their provider's."""
