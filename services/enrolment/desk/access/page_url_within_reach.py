"""Things named in the address of a page, compared with the reach of a right by place."""

from collections.abc import Callable, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session as Database

from services.enrolment.children.queries.reach_of_right import EVERYWHERE, Reach, group_of_session
from services.enrolment.models import Application, Group, Place, Thread, UnknownChild
from services.enrolment.offer.queries.closures import is_closure_within

Within = Callable[[Database, Reach, str], bool]


def are_address_names_within_reach(
    read: Database, reach: Reach, named: Mapping[str, object]
) -> bool:
    """
    Say whether all that an address names is within reach; what is not, does not exist.

    Raises KeyError for a part of an address that says of no place: its page is of the whole.
    """
    if reach is EVERYWHERE:
        return True
    return all(_WITHIN[part](read, reach, str(value)) for part, value in named.items())


def _is_application_within(read: Database, reach: Reach, application_id: str) -> bool:
    application = read.get(Application, application_id)
    return application is not None and reach.has_group(application.group_id)


def _is_place_within(read: Database, reach: Reach, place_id: str) -> bool:
    place = read.get(Place, place_id)
    return place is not None and reach.has_group(place.group_id)


def _is_some_group_within(read: Database, reach: Reach, activity_id: str) -> bool:
    here = select(Group.id).where(
        Group.activity_id == activity_id, reach.group_within_condition(Group.id)
    )
    return read.scalar(here.limit(1)) is not None


def _is_thread_within(read: Database, reach: Reach, thread_id: str) -> bool:
    here = select(Thread.id).where(Thread.id == thread_id, reach.thread_within_condition(Thread.id))
    return read.scalar(here) is not None


def _is_unknown_child_within(read: Database, reach: Reach, unknown_id: str) -> bool:
    unknown = read.get(UnknownChild, unknown_id)
    return unknown is not None and reach.has_group(group_of_session(read, unknown.session_id))


_WITHIN: Mapping[str, Within] = {
    "activity_id": _is_some_group_within,
    "application_id": _is_application_within,
    "closure_id": lambda read, reach, closure: is_closure_within(read, closure, reach),
    "child_id": lambda read, reach, child: reach.has_child(read, child),
    "group_id": lambda _read, reach, group: reach.has_group(group),
    "place_id": _is_place_within,
    "session_id": lambda read, reach, session: reach.has_group(group_of_session(read, session)),
    "thread_id": _is_thread_within,
    "unknown_id": _is_unknown_child_within,
    # parts of what the others name
    "attachment_id": lambda _read, _reach, _attachment: True,
    "kind": lambda _read, _reach, _kind: True,
    "paper_id": lambda _read, _reach, _paper: True,
    "projection": lambda _read, _reach, _projection: True,
}
