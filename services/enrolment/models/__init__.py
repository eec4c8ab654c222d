"""Tables of a provider's enrolment service, a module for each subject."""

from services.enrolment.models.attendance import (
    CountVersion,
    ImportedSheet,
    ListRead,
    Mark,
    Pin,
    RollCall,
    Tablet,
    TabletDuty,
    UnknownChild,
)
from services.enrolment.models.base import Base
from services.enrolment.models.children import (
    ChildCard,
    ChildCarer,
    ChildGuardian,
    ChildKey,
    ChildWeeks,
    ProtectedHousehold,
    RecordHold,
    StoredProjection,
    Subject,
    SubjectRight,
)
from services.enrolment.models.conversations import (
    Attachment,
    AttachmentPart,
    Away,
    Bulletin,
    ConversationCount,
    Message,
    Thread,
    ThreadChild,
    ThreadReader,
)
from services.enrolment.models.desk import DeskDoor, DeskSession
from services.enrolment.models.food_events import FoodAnnounced
from services.enrolment.models.handovers import Handover, HandoverMark
from services.enrolment.models.live import Change
from services.enrolment.models.offer import Activity, CalendarDay, Group, Session
from services.enrolment.models.places import (
    Application,
    Booking,
    CardVersion,
    NoticeSent,
    Place,
    WeekPattern,
)
from services.enrolment.models.renewal import Renewal, RenewalCampaign, RenewalRoute
from services.enrolment.models.tariffs import PlaceVariant, PlaceVersion, ResidenceClasses, Tariff

__all__ = [
    "Activity",
    "Application",
    "Attachment",
    "AttachmentPart",
    "Away",
    "Base",
    "Booking",
    "Bulletin",
    "CalendarDay",
    "CardVersion",
    "Change",
    "ChildCard",
    "ChildCarer",
    "ChildGuardian",
    "ChildKey",
    "ChildWeeks",
    "ConversationCount",
    "CountVersion",
    "DeskDoor",
    "DeskSession",
    "FoodAnnounced",
    "Group",
    "Handover",
    "HandoverMark",
    "ImportedSheet",
    "ListRead",
    "Mark",
    "Message",
    "NoticeSent",
    "Pin",
    "Place",
    "PlaceVariant",
    "PlaceVersion",
    "ProtectedHousehold",
    "RecordHold",
    "Renewal",
    "RenewalCampaign",
    "RenewalRoute",
    "ResidenceClasses",
    "RollCall",
    "Session",
    "StoredProjection",
    "Subject",
    "SubjectRight",
    "Tablet",
    "TabletDuty",
    "Tariff",
    "Thread",
    "ThreadChild",
    "ThreadReader",
    "UnknownChild",
    "WeekPattern",
]
