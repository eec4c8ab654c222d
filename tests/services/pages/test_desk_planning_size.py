"""The planning of a whole canteen, 165 children on five days, is a light page of few statements."""

from sqlalchemy import event

from services.enrolment.store import store
from shared.database.chunks import chunks
from tests.factories import bookings as family
from tests.factories import enrolment as make
from tests.factories.bookings import Home, a_place, next_monday
from tests.factories.enrolment import Child, Provider
from tests.factories.offer import a_group, an_activity

CHILDREN, MOST_BYTES, MOST_STATEMENTS = 165, 60_000, 25


def test_165_children_on_five_days_weigh_less_than_60_kb(ens: Provider) -> None:
    with store.write() as write:
        group = a_group(write, an_activity(write), weekdays="12345")
    homes = [
        Home(Child(first_name=f"Bérengère-{at}", last_name="Delacroix")) for at in range(CHILDREN)
    ]
    for some in chunks(homes, 50):
        family.arrives(ens, *some)
    for home in homes:
        a_place(home, group, "1245")
    desk = make.desk_of(ens)
    desk.signs_in(ens.has_agent("school_desk"))
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    event.listen(store.engine, "before_cursor_execute", note)
    try:
        page = desk.client.get(f"/planning?groupe={group.id}&semaine={next_monday().isoformat()}")
    finally:
        event.remove(store.engine, "before_cursor_execute", note)

    assert page.text.count("réservé") == CHILDREN * 4
    assert len(page.data) < MOST_BYTES
    assert len(asked) <= MOST_STATEMENTS, "\n".join(asked)
