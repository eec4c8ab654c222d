"""
The clients of an opening day: several processes of the portal, and the desks of both providers.

Every function here is the work of a process of its own.
"""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from sqlalchemy import bindparam, func, select

from bench.town import connect
from services.enrolment.families.commands.card_marking import CARDS
from services.enrolment.family_cards import commands as cards
from services.enrolment.models import Application
from services.enrolment.places.applications.commands import decisions
from services.enrolment.places.applications.commands.new_application_refusals import NewApplication
from services.enrolment.places.placing.commands import activities_taken
from services.enrolment.places.placing.commands.activities_taken import TAKEN
from services.enrolment.store import store
from shared.bus.client import Client
from shared.contracts.enrolment.places import family_acts
from shared.contracts.errors import Refusal
from shared.database.prebuilt_statements import execute
from shared.dates.clock import now
from shared.runtime.ids import new_id
from shared.settings import Settings

_STORED = select(func.count()).where(Application.group_id == bindparam("group_id"))

DEADLINE_SECONDS = 30.0
LOOK_SECONDS = 0.02
PORTAL = "portal"


@dataclass(frozen=True)
class Wish:
    """One family's application: a place in a group of one provider, by one channel."""

    principal: str
    group_id: str
    child: str
    channel: str = PORTAL
    token: str = ""


@dataclass(frozen=True)
class Told:
    """The answer to a wish (a state or a refusal's code), after how long, and when."""

    wish: Wish
    state: str
    seconds: float
    at: float


def ready(_number: int) -> None:
    """Let a process have started and read its modules before anything is measured."""
    time.sleep(0.5)


def ask(
    environment: dict[str, str], wishes: Sequence[Wish], at_once: int, start: float
) -> list[Told]:
    """Ask over the bus as one process of the portal, with so many requests in flight."""
    client = Client(Settings.from_env(environment))
    with ThreadPoolExecutor(at_once) as pool:
        time.sleep(max(0.0, start - time.time()))
        answers = list(pool.map(lambda wish: _asked(client, wish), wishes))
    client.close()
    return answers


def enter(environment: dict[str, str], wishes: Sequence[Wish], portal: int) -> list[Told]:
    """
    Enter requests as the desk of a provider does, evenly among the `portal` requests of a wave.

    The desk looks how many of those have come: whoever is quick, the channels are interleaved.
    """
    connect(Settings.from_env(environment), store)
    store.complete_before_commit(TAKEN, activities_taken.publish_changed_activities)
    store.complete_before_commit(CARDS, cards.publish_changed_cards)
    answers, before = [], _stored(wishes[0])
    for number, wish in enumerate(wishes):
        end = time.monotonic() + DEADLINE_SECONDS
        while (
            _stored(wish) - before - number < portal * number // len(wishes)
            and time.monotonic() < end
        ):
            time.sleep(LOOK_SECONDS)
        answers.append(_entered(wish))
    store.close()
    return answers


def _stored(wish: Wish) -> int:
    """
    Return how many applications to the group there are: the portal's, and those entered here.

    Counted by the index alone: this look is the bench's own, and shares the providers' cores.
    """
    with store.read() as read:
        return int(execute(read, _STORED, group_id=wish.group_id).scalar_one())


def _asked(client: Client, wish: Wish) -> Told:
    begin = time.perf_counter()
    try:
        answer = client.ask(
            family_acts.apply,
            family_acts.ApplyRequest(wish.child, wish.group_id, link_version=1),
            to=wish.principal,
            token=wish.token,
            deadline=DEADLINE_SECONDS,
        )
        state = answer.state
    except Refusal as refusal:
        state = refusal.code
    return Told(wish, state, time.perf_counter() - begin, time.time())


def _entered(wish: Wish) -> Told:
    begin, moment = time.perf_counter(), now()
    asked = NewApplication(wish.child, wish.group_id, new_id(), moment, channel=wish.channel)
    with store.write() as write:
        state = decisions.enter_application(write, asked, moment).state
    return Told(wish, state, time.perf_counter() - begin, time.time())
