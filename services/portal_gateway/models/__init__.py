"""Tables of the portal, a module for each subject."""

from services.portal_gateway.models.alerts import (
    AlertChoice,
    AlertMobile,
    MobileCheck,
    OutgoingAlert,
    PushSubscription,
)
from services.portal_gateway.models.base import Base
from services.portal_gateway.models.bills import BillCard, PaymentRound
from services.portal_gateway.models.calendar_feeds import CalendarFeed
from services.portal_gateway.models.cards import (
    Activity,
    FamilyCard,
    GuardianCard,
    UnavailableProvider,
)
from services.portal_gateway.models.comparison_sums import (
    BILL_CARD_SUMS,
    FAMILY_CARD_SUMS,
    GUARDIAN_CARD_SUMS,
    THREAD_SUMS,
)
from services.portal_gateway.models.live_versions_and_due_emails import (
    Change,
    Guardianship,
    MailNotice,
)
from services.portal_gateway.models.messages import (
    AwayCard,
    BulletinCard,
    BulletinRead,
    ThreadCard,
    ThreadReader,
)
from services.portal_gateway.models.notices import FamilyOrder, NewsRead, Notice
from services.portal_gateway.models.published.menus import PublishedMenu
from services.portal_gateway.models.published.prices import PublishedResidences, PublishedTariff
from services.portal_gateway.models.published.schools import PublishedMotives, PublishedSchool
from services.portal_gateway.models.sessions.accompanied import AccompaniedLine, AccompaniedVisit
from services.portal_gateway.models.sessions.web_sessions import WebSession
