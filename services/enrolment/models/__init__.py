"""Tables of a provider's enrolment service, a module for each subject."""

from services.enrolment.models.base import Base
from services.enrolment.models.children import (
    HELD_SUMS,
    ChildCard,
    ChildCarer,
    ChildGuardian,
    ChildKey,
    ChildWeeks,
    ChildWord,
    ProtectedHousehold,
    RecordHold,
    SameChild,
    StoredProjection,
    Subject,
    SubjectRight,
)
from services.enrolment.models.comparison_sums import (
    ACTIVITIES_SUMS,
    CARD_SUMS,
    COUNT_SUMS,
    IMPORTED_SUMS,
    PLACE_SUMS,
    ROLL_CALL_SUMS,
    THREAD_SUMS,
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
from services.enrolment.models.days.agent_acts import AgentAct
from services.enrolment.models.days.attendance import (
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
from services.enrolment.models.days.closures import ClosedBooking, ClosedSession, Closure
from services.enrolment.models.days.food_on_occasion import FoodAnnounced
from services.enrolment.models.days.handovers_between_services import Handover, HandoverMark
from services.enrolment.models.days.staff import ReceptionTerms, StaffShift
from services.enrolment.models.days.tallies import SessionTally
from services.enrolment.models.desk_sessions import Change, DeskDoor, DeskSession, NamesInVain
from services.enrolment.models.figures import PublishedFigures
from services.enrolment.models.kitchen import (
    AdultMeals,
    MealOrder,
    Menu,
    ReceivedOrder,
    Waste,
)
from services.enrolment.models.offer import Activity, CalendarDay, FormerSite, Group, Session
from services.enrolment.models.places import (
    ActivitiesTaken,
    Application,
    Booking,
    CardVersion,
    NoticeSent,
    Place,
    WeekPattern,
)
from services.enrolment.models.school_year.enrolments import (
    SchoolEnrolment,
    SchoolRequest,
    SchoolSignature,
    SchoolWaiver,
    WaiverMotives,
)
from services.enrolment.models.school_year.renewal import Renewal, RenewalCampaign, RenewalRoute
from services.enrolment.models.school_year.schools import (
    CatchmentArea,
    CatchmentStreet,
    LocalAddress,
    PupilMove,
    PupilMoves,
    School,
    SchoolChange,
    SchoolClass,
    SchoolDirector,
)
from services.enrolment.models.tariffs import PlaceVariant, PlaceVersion, ResidenceClasses, Tariff
