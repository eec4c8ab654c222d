"""Tables of the dossier, a module for each subject."""

from services.dossier.models.activities.activity_history import (
    PUBLISHED,
    TAKEN_OVER,
    Course,
    CourseErasure,
    CourseProvider,
)
from services.dossier.models.activities.food_on_occasion import FoodEvent, FoodEventChild
from services.dossier.models.activities.handovers_between_services import Handover
from services.dossier.models.base import Base
from services.dossier.models.comparison_sums import (
    ACTIVITIES_SUMS,
    CARD_SUMS,
    COURSE_SUMS,
    HOUSEHOLD_SUMS,
)
from services.dossier.models.data_protection.person_requests import (
    PersonRequest,
    PersonRequestAct,
    PersonRequestErasure,
)
from services.dossier.models.data_protection.read_log import (
    PURGE,
    READ,
    ChainHead,
    Counter,
    ReadLog,
    Secret,
)
from services.dossier.models.data_protection.reader_name_requests import (
    ReadNameQuestion,
    sealed_place_of_reason,
)
from services.dossier.models.families.addresses import HouseholdAddress, HouseholdVersion
from services.dossier.models.families.corrections import Correction, CorrectionDelivery, Separation
from services.dossier.models.families.departures import Departure
from services.dossier.models.families.duplicate_children import ChildJoin, DifferentChildren
from services.dossier.models.families.imports import (
    ImportDecision,
    ImportDoubt,
    ImportReference,
    LettersStopped,
)
from services.dossier.models.families.trusted_person_accesses import CarerAccess
from services.dossier.models.households import (
    Child,
    ChildHousehold,
    ChildNameWord,
    ChildWeeks,
    DeceasedGuardian,
    Guardian,
    GuardianCard,
    GuardianNameWord,
    Guardianship,
    GuardianVersion,
    Household,
    HouseholdGuardian,
    ProtectedHousehold,
    RecordHold,
)
from services.dossier.models.papers import HouseholdPaper, KeptPaper, PaperPart
from services.dossier.models.providers.provider_links import (
    GUARDIAN_REQUEST,
    IMPORTED,
    OPERATOR_CHANGE,
    PROJECTION_SUMS,
    SCHOOL_LIST,
    ActivitiesTaken,
    ErasureReceipt,
    GuardianGrant,
    Link,
    Projection,
)
from services.dossier.models.providers.trials_and_widenings import TrialMember, WideningNotice
from services.dossier.models.registrations import (
    EmailCheck,
    PaperCheck,
    Registration,
    RegistrationEmail,
    RegistrationLetter,
    RegistrationPaper,
)
from services.dossier.models.sections import (
    IMPORT,
    RETENTION,
    Section,
    SectionErasure,
    SectionHistory,
)
from shared.person import subject_tables

Subject, SubjectRight = subject_tables(Base)
