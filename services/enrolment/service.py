"""
Enrolment's table of contents: `handlers/` by who asks or publishes, `jobs/` by the clock.

One process set per provider runs it.
"""

from datetime import UTC, datetime

from services.enrolment.arrived_projections import (
    ARRIVED_FILES,
    ENDED_LINKS,
    decide_what_waited_for_files,
)
from services.enrolment.attendance.quantities.commands import attendance_sheets
from services.enrolment.families.commands.card_marking import CARDS
from services.enrolment.families.commands.two_home_weeks import SHEETS
from services.enrolment.family_cards import commands as cards
from services.enrolment.handlers.comparison import PUBLISHED, STORED
from services.enrolment.handlers.conversations import Conversations
from services.enrolment.handlers.events import Events
from services.enrolment.handlers.families import Families
from services.enrolment.handlers.front_desk import FrontDesk
from services.enrolment.handlers.held_data import HELD
from services.enrolment.handlers.kitchen import Kitchens
from services.enrolment.handlers.ops_requests.imports import Operations
from services.enrolment.handlers.ops_requests.succession import Successions
from services.enrolment.handlers.schools import Schools
from services.enrolment.jobs.card_upkeep import Cards
from services.enrolment.jobs.offer_and_campaign_deadlines import Deadlines
from services.enrolment.jobs.replica_checks import ReplicaChecks
from services.enrolment.jobs.retention import Retention
from services.enrolment.jobs.school_decisions import SchoolDecisions
from services.enrolment.places.giving.commands.leaving_children import end_all_of_ended_links
from services.enrolment.places.placing.commands import activities_taken
from services.enrolment.places.placing.commands.activities_taken import TAKEN
from services.enrolment.school_year.schools.commands.publishing import (
    SCHOOLS,
    publish_changed_schools,
)
from services.enrolment.store import store, vault
from shared.bus import BILLING, DOSSIER, FRONT_DESK, PORTAL, PROVIDERS
from shared.bus.comparison import answers_subscribers
from shared.person import AccountStatus, account_status_of

store.complete_before_commit(ARRIVED_FILES, decide_what_waited_for_files)
store.complete_before_commit(ENDED_LINKS, end_all_of_ended_links)
store.complete_before_commit(SHEETS, attendance_sheets.publish_sheets)
store.complete_before_commit(TAKEN, activities_taken.publish_changed_activities)
store.complete_before_commit(CARDS, cards.publish_changed_cards)
store.complete_before_commit(SCHOOLS, publish_changed_schools)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@answers_subscribers(BILLING, DOSSIER, FRONT_DESK, PORTAL, PROVIDERS)
class EnrolmentService(
    Families,
    FrontDesk,
    Schools,
    Conversations,
    Events,
    Kitchens,
    Operations,
    Successions,
    Cards,
    Deadlines,
    SchoolDecisions,
    ReplicaChecks,
    Retention,
):
    """The provider is the principal that runs it: no request and no event names one."""

    name = "enrolment"
    store = store
    held = HELD
    vault = vault
    published = PUBLISHED
    stored = STORED
    answer_hours = 8 * 24  # longer than an act may wait, so that none is done twice

    @staticmethod
    def account_status(subject: str) -> AccountStatus:
        """
        Return the account status of a person; identity publishes families to no provider.

        A family's token is valid here for its five minutes; its rights are checked against what the
        dossier sent of the child (decision 0010).
        """
        with store.read() as read:
            return account_status_of(read, subject) or AccountStatus("family", True, EPOCH)
