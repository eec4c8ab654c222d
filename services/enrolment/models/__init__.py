"""What a provider's enrolment service keeps, a module for each subject."""

from services.enrolment.models.attendance import (
    CountTold,
    ListRead,
    Mark,
    Pin,
    RollCall,
    Tablet,
    TabletDuty,
    UnknownChild,
)
from services.enrolment.models.base import Base
from services.enrolment.models.desk import DeskDoor, DeskSession
from services.enrolment.models.offer import Activity, CalendarDay, Group, Session
from services.enrolment.models.places import (
    Application,
    Booking,
    CardTold,
    NoticeTold,
    Place,
    WeekPattern,
)
from services.enrolment.models.replica import (
    ChildCard,
    ChildCarer,
    ChildGuardian,
    ChildKey,
    ChildWeeks,
    HeldFile,
    HeldProjection,
    ProtectedHousehold,
    Subject,
    SubjectRight,
)
from services.enrolment.models.tariffs import PlaceTold, PlaceVariant, ResidenceClasses, Tariff

__all__ = [
    "Activity",
    "Application",
    "Base",
    "Booking",
    "CalendarDay",
    "CardTold",
    "ChildCard",
    "ChildCarer",
    "ChildGuardian",
    "ChildKey",
    "ChildWeeks",
    "CountTold",
    "DeskDoor",
    "DeskSession",
    "Group",
    "HeldFile",
    "HeldProjection",
    "ListRead",
    "Mark",
    "NoticeTold",
    "Pin",
    "Place",
    "PlaceTold",
    "PlaceVariant",
    "ProtectedHousehold",
    "ResidenceClasses",
    "RollCall",
    "Session",
    "Subject",
    "SubjectRight",
    "Tablet",
    "TabletDuty",
    "Tariff",
    "UnknownChild",
    "WeekPattern",
]
