"""What the dossier keeps, a module for each subject."""

from services.dossier.models.activity_history import (
    TAKEN_OVER,
    TOLD,
    Course,
    CourseErasure,
    CourseProvider,
)
from services.dossier.models.addresses import HouseholdAddress, HouseholdTold
from services.dossier.models.base import Base
from services.dossier.models.family_imports import (
    ArrivalDecision,
    ArrivalDoubt,
    Arrived,
    LettersStopped,
)
from services.dossier.models.food_events import FoodOccasion, FoodOccasionChild
from services.dossier.models.handovers import Relay
from services.dossier.models.households import (
    Child,
    ChildHousehold,
    ChildWeeks,
    FileHold,
    Guardian,
    GuardianCard,
    Guardianship,
    Household,
    HouseholdGuardian,
    ProtectedHousehold,
)
from services.dossier.models.links import (
    GUARDIAN_REQUEST,
    IMPORTED,
    OPERATOR_CHANGE,
    SCHOOL_LIST,
    AlsoTold,
    ErasureReceipt,
    Link,
    Projection,
)
from services.dossier.models.person_requests import (
    PersonRequest,
    PersonRequestAct,
    PersonRequestErasure,
)
from services.dossier.models.provider_changes import TrialMember, WideningTold
from services.dossier.models.read_log import PURGE, READ, ChainHead, Counter, ReadLog, Secret
from services.dossier.models.registrations import (
    Draft,
    DraftEmail,
    DraftLetter,
    DraftPaper,
    DraftPaperPart,
    EmailCheck,
    PaperCheck,
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

__all__ = [
    "GUARDIAN_REQUEST",
    "IMPORT",
    "IMPORTED",
    "OPERATOR_CHANGE",
    "PURGE",
    "READ",
    "RETENTION",
    "SCHOOL_LIST",
    "TAKEN_OVER",
    "TOLD",
    "AlsoTold",
    "ArrivalDecision",
    "ArrivalDoubt",
    "Arrived",
    "Base",
    "ChainHead",
    "Child",
    "ChildHousehold",
    "ChildWeeks",
    "Counter",
    "Course",
    "CourseErasure",
    "CourseProvider",
    "Draft",
    "DraftEmail",
    "DraftLetter",
    "DraftPaper",
    "DraftPaperPart",
    "EmailCheck",
    "ErasureReceipt",
    "FileHold",
    "FoodOccasion",
    "FoodOccasionChild",
    "Guardian",
    "GuardianCard",
    "Guardianship",
    "Household",
    "HouseholdAddress",
    "HouseholdGuardian",
    "HouseholdTold",
    "LettersStopped",
    "Link",
    "PaperCheck",
    "PersonRequest",
    "PersonRequestAct",
    "PersonRequestErasure",
    "Projection",
    "ProtectedHousehold",
    "ReadLog",
    "Relay",
    "Secret",
    "Section",
    "SectionErasure",
    "SectionHistory",
    "Subject",
    "SubjectRight",
    "TrialMember",
    "WideningTold",
]
