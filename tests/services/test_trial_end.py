"""The end of a trial at the provider: invented children go, offer and grids stay."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DatabaseError

from services.enrolment.models import (
    Activity,
    Application,
    Booking,
    ChildCard,
    Group,
    Mark,
    Place,
    Session,
    StoredProjection,
    SubjectRight,
    Tariff,
)
from services.enrolment.providers.commands.first_publication import publish_whole_offer
from services.enrolment.providers.commands.trial_end import delete_data_of_trial
from services.enrolment.store import store, vault
from shared.contracts.enrolment.succession import PublishOfferAnswer
from shared.dates.clock import now
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories import enrolment as make
from tests.factories import offer
from tests.factories.enrolment import Provider
from tests.factories.places import Family, arrives, asks

GONE = (Application, Booking, ChildCard, StoredProjection, Mark, Place)


def count(table: Any) -> int:
    with store.read() as read:
        return read.scalar(select(func.count()).select_from(table)) or 0


def ticked(session_id: str, child_id: str) -> Mark:
    at = now()
    return Mark(
        id=new_id(),
        session_id=session_id,
        child_id=child_id,
        kind="present",
        after=[],
        made_at=at,
        received_at=at,
        device_id=new_id(),
        subject=new_id(),
    )


def test_what_invented_children_left_goes_and_what_the_provider_set_up_is_published_anew(
    ens: Provider, database: Database
) -> None:
    with store.write() as write:
        activity = offer.an_activity(write)
        group = offer.a_group(write, activity).id
    family = Family(make.Child())
    arrives(ens, family)
    asks(family, group, weekdays=[1, 2, 3, 4, 5])
    ens.has_agent("lead")
    with store.write() as write:
        session = write.scalars(select(Session).where(Session.group_id == group)).first()
        assert session is not None
        write.add(ticked(session.id, family.child.id))
        publish_whole_offer(write)
    assert all(count(table) for table in GONE) and ens.keys() == 1
    with store.read() as read:
        before = read.get_one(Activity, activity.id).version

    cleared = [delete_data_of_trial(database.owner_url, vault) for _ in range(2)]

    assert cleared[0] > len(GONE) and cleared[1] == 0
    assert [count(table) for table in GONE] == [0] * len(GONE) and ens.keys() == 0
    assert count(Group) == 1 and count(SubjectRight) == 1 and count(Session) > 0
    assert ens.published("activity_published") == []
    with store.write() as write:
        assert publish_whole_offer(write) == PublishOfferAnswer(activities=1, tariffs=count(Tariff))
    (told,) = ens.published("activity_published")
    assert told["version"] == before + 1 and told["content"]["label"] == "Restauration scolaire"


def test_marks_are_append_only_again_afterwards(ens: Provider, database: Database) -> None:
    delete_data_of_trial(database.owner_url, vault)
    with store.write() as write:
        group = offer.a_group(write, offer.an_activity(write))
        session = offer.sessions_of(write, group, make.today() - timedelta(days=1))[0]
        mark = ticked(session.id, new_id())
        write.add(mark)

    with pytest.raises(DatabaseError), store.write() as write:
        write.delete(write.get_one(Mark, mark.id))
