"""
Entitlement: what a provider must and may receive of a child (rules R1 and R2), as a table.

A provider declares activities; each has a regime, and tags for what its sessions do. The table says
line by line what that opens. It is the only place that does, and docs/rights.md shows it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from shared.contracts import sections

CARE_CORE, PICKUP, SCHOOLING = "care_core", "pickup", "schooling"
DIET, ALLERGIES, TREATMENTS, HEALTH_SHEET = "diet", "allergies", "treatments", "health_sheet"
SWIMMING_CERTIFICATE = "swimming"
INSURANCE, VACCINATIONS, CARE_PLAN = "insurance", "vaccinations", "care_plan"
CONSENTS = "consents"
FAMILY, RESIDENCE = "family", "residence"
PROJECTIONS = tuple(sections.PROJECTIONS)
NOT_READ = frozenset(code for code, each in sections.PROJECTIONS.items() if not each.read)
"""Ids used by services; no desk shows them, hence no role sees them."""

SECTIONS = tuple(sections.SECTIONS)
FED_BY: Mapping[str, tuple[str, ...]] = {
    code: each.fed_by for code, each in sections.PROJECTIONS.items()
}
# Article 9 GDPR: health (the care core holds the PAI's conduct), and a diet, from which a belief
# may be guessed.
SPECIAL = frozenset(code for code, each in sections.PROJECTIONS.items() if each.sensitive)
SPECIAL_SECTIONS = frozenset(code for code, each in sections.SECTIONS.items() if each.sensitive)

ON_REQUEST = tuple(code for code, each in sections.PROJECTIONS.items() if each.on_request)
"""
Projections that a guardian may grant one more provider, for one child, up to a day (rule R4).

Only where the town file says that the provider takes it (`on_request`), and does not receive it of
itself. Never the whole health sheet, which a leisure centre alone holds (arrêté of 20 February
2003), nor the school, which would show where a protected household lives (rule R9).
"""

ON_OCCASION = tuple(code for code, each in sections.PROJECTIONS.items() if each.on_occasion)
"""
Projections that a provider without food receives for a session with food, such as a birthday cake
(rule R3): of the children booked there, from three days before to the day after. Only where the
town file says so (`on_occasion`); where it does not, no food is brought.
"""

BY_ACTIVITY = frozenset(code for code, each in sections.PROJECTIONS.items() if each.by_activity)
"""
Projections that leave for a provider of the children at an activity that opens them (rule R2).

So that judo does not open what the school bus needs. What a child's safety needs is not among them:
a child may come to a meal, or stay the night, without having asked for it (rules R1, R6).
"""

REGIE = "regie"
CONVERSATIONS = "conversations"
OWN_SCHOOL = "own_school"
CHANGES_DAYS = "bookings"
PERMISSIONS = (
    "roll_call",
    "applications",
    "day",
    CHANGES_DAYS,
    CONVERSATIONS,
    OWN_SCHOOL,
    REGIE,
)
"""
Permissions of a provider's role besides reading: tick who is there; decide on applications; answer
for a day (close groups, cancel sessions, enrol tablets, plan the staff); book and cancel the days
of children, and correct who came; read and answer what families write; keep the school that is
named to the person, and read of its pupils alone; bill and collect, through billing, which alone
shows it a price (rule R11). The offer and the tariffs are the administrator's.
"""

CHECK_DOSSIERS, ACCOMPANY, PROTECT = "check_dossiers", "accompany", "protect"
CORRECT = "correct"
JOIN = "join"
PERSON_REQUESTS = "person_requests"
FINDS_DOSSIERS = (CHECK_DOSSIERS, ACCOMPANY, PROTECT, CORRECT, JOIN)
FRONT_DESK_PERMISSIONS = (*FINDS_DOSSIERS, PERSON_REQUESTS)
"""
Permissions of a role at the town's front desk: find dossiers and check identity and parental link;
open a family's own session for a guardian who is present; record what a paper says of a family
(protection, placement, barred adult) and hold the file of a child who died (rule R9); correct a
child's name, birth, school, parental authority and weeks, and separate a household, from a paper
seen; join two files that are one child, and take them apart; answer what persons ask of their data,
which is the data protection officer's (GDPR, article 12): who does that alone finds no dossier.
"""
OF_WHOLE_OFFICE = frozenset({REGIE, OWN_SCHOOL, *FRONT_DESK_PERMISSIONS})
"""
Permissions of roles that hold at a whole office: a right to such a role is never at some sites or
groups. The school of `own_school` is named to its director on the pages of schools.
"""

SCHOOL, CANTEEN, LEISURE_CENTRE = "school", "canteen", "leisure_centre"
SPORT, MUSIC, TRANSPORT = "sport", "music", "transport"
REGIMES = (SCHOOL, CANTEEN, LEISURE_CENTRE, SPORT, MUSIC, TRANSPORT)
DECLARABLE = frozenset({SCHOOL, CANTEEN, LEISURE_CENTRE})
"""
Regimes whose receptions may be declared to the State's youth service: they count at the CAF, and
have a ratio of staff.
"""

MEAL, SNACK, COOKING = "meal", "snack", "cooking"
OUTING, SWIMMING, OVERNIGHT = "outing", "swimming", "overnight"
TAGS = (MEAL, SNACK, COOKING, OUTING, SWIMMING, OVERNIGHT)

REQUIRES, ALLOWS, WITHHOLDS = "requires", "allows", "withholds"
EVERYWHERE = "everywhere"
ACM = "arrêté of 20 February 2003"

_EAT = "food is served or handled there"
_NO_FOOD = "no food without a food tag (meal, snack, cooking)"
_ONLY_FOOD = "a canteen learns of health only what concerns food"
_NOT_SCHOOL = "the school doctor holds it; what to do is in the care core"
_CORE = "what to do is in the care core"
_SHEET = "only a leisure centre holds the whole sheet"
_DIRECTOR = "the director and the health officer hold the sheet"
_IN_SHEET = "part of the sheet, for roles that need no more"
_DRY = "no certificate where no child swims (tag swimming)"
_DATE_ENOUGH = "the date of a paper that another service has checked is enough there"
_VACCINES = "children are admitted with it (art. R3111-8 code de la santé publique)"
_NOT_VACCINES = "no collectivity of children in the sense of that article"
_BAN = "adults who may collect; whom not to hand over to is in the care core"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table: under a regime or a tag, what happens to one projection, and why."""

    under: str
    projection: str
    force: str
    rule: str
    because: str
    source: str = ""


_COLLECTIVITIES = (SCHOOL, LEISURE_CENTRE)


def _lines_of_each_regime(
    projection: str, regimes: Sequence[str], why: str, why_not: str
) -> list[Line]:
    """Return a line for each regime: allowed under these, withheld under the others."""
    return [
        Line(each, projection, ALLOWS, "R2", why)
        if each in regimes
        else Line(each, projection, WITHHOLDS, "R2", why_not)
        for each in REGIMES
    ]


TABLE = (
    Line(EVERYWHERE, CARE_CORE, REQUIRES, "R1", "the provider has the child without a parent"),
    Line(EVERYWHERE, FAMILY, REQUIRES, "Families", "a guardian asks, for the household of the day"),
    Line(EVERYWHERE, RESIDENCE, ALLOWS, "R2", "places may be kept for inhabitants of communes"),
    # School: enrolment, and care before and after school.
    Line(SCHOOL, PICKUP, REQUIRES, "R2", "before and after school the child is handed over"),
    Line(SCHOOL, SCHOOLING, REQUIRES, "R2", "the child is enrolled in a school and a class"),
    Line(SCHOOL, DIET, WITHHOLDS, "R2", _NO_FOOD),
    Line(SCHOOL, ALLERGIES, WITHHOLDS, "R2", _NO_FOOD),
    Line(SCHOOL, TREATMENTS, WITHHOLDS, "R2", _NOT_SCHOOL),
    Line(SCHOOL, HEALTH_SHEET, WITHHOLDS, "R2", _NOT_SCHOOL),
    # Canteen: nobody comes to collect a child there.
    Line(CANTEEN, PICKUP, WITHHOLDS, "R2", "no child is handed over at a canteen"),
    Line(CANTEEN, SCHOOLING, REQUIRES, "R2", "meals are counted and served by school and class"),
    Line(CANTEEN, DIET, REQUIRES, "R2", _EAT),
    Line(CANTEEN, ALLERGIES, REQUIRES, "R2", _EAT),
    Line(CANTEEN, TREATMENTS, WITHHOLDS, "R2", _ONLY_FOOD),
    Line(CANTEEN, HEALTH_SHEET, WITHHOLDS, "R2", _ONLY_FOOD),
    # Leisure centre (ACM). A stay of several days with nights is one too, whoever runs it.
    Line(LEISURE_CENTRE, PICKUP, REQUIRES, "R2", "the child is handed over at the end of the day"),
    Line(LEISURE_CENTRE, SCHOOLING, ALLOWS, "R2", "groups follow classes, and schools hand over"),
    Line(LEISURE_CENTRE, DIET, WITHHOLDS, "R2", _NO_FOOD),
    Line(LEISURE_CENTRE, ALLERGIES, ALLOWS, "R2", _IN_SHEET, ACM),
    Line(LEISURE_CENTRE, TREATMENTS, ALLOWS, "R2", _IN_SHEET, ACM),
    Line(LEISURE_CENTRE, HEALTH_SHEET, REQUIRES, "R2", _DIRECTOR, ACM),
    # Sport and music: an hour or two, a teacher, the care core.
    Line(SPORT, PICKUP, ALLOWS, "R2", _BAN),
    Line(SPORT, SCHOOLING, WITHHOLDS, "R2", "a sports class does not depend on the school"),
    Line(SPORT, DIET, WITHHOLDS, "R2", _NO_FOOD),
    Line(SPORT, ALLERGIES, WITHHOLDS, "R2", _NO_FOOD),
    Line(SPORT, TREATMENTS, WITHHOLDS, "R2", _CORE),
    Line(SPORT, HEALTH_SHEET, WITHHOLDS, "R2", _SHEET),
    Line(MUSIC, PICKUP, ALLOWS, "R2", _BAN),
    Line(MUSIC, SCHOOLING, WITHHOLDS, "R2", "a music lesson does not depend on the school"),
    Line(MUSIC, DIET, WITHHOLDS, "R2", _NO_FOOD),
    Line(MUSIC, ALLERGIES, WITHHOLDS, "R2", _NO_FOOD),
    Line(MUSIC, TREATMENTS, WITHHOLDS, "R2", _CORE),
    Line(MUSIC, HEALTH_SHEET, WITHHOLDS, "R2", _SHEET),
    # Transport: small children are met at the stop, older ones go home alone.
    Line(TRANSPORT, PICKUP, ALLOWS, "R2", _BAN),
    Line(TRANSPORT, SCHOOLING, ALLOWS, "R2", "the line and the stop follow the school"),
    Line(TRANSPORT, DIET, WITHHOLDS, "R2", _NO_FOOD),
    Line(TRANSPORT, ALLERGIES, WITHHOLDS, "R2", _NO_FOOD),
    Line(TRANSPORT, TREATMENTS, WITHHOLDS, "R2", _CORE),
    Line(TRANSPORT, HEALTH_SHEET, WITHHOLDS, "R2", _SHEET),
    # Whoever goes into the water with a child learns of its certificate, nobody else.
    *(Line(each, SWIMMING_CERTIFICATE, WITHHOLDS, "R2", _DRY) for each in REGIMES),
    # Papers: who reads one, and who learns of its date alone; consents go wherever a child does.
    *_lines_of_each_regime(
        INSURANCE, (SCHOOL, LEISURE_CENTRE, SPORT), "it checks the paper", _DATE_ENOUGH
    ),
    *_lines_of_each_regime(VACCINATIONS, _COLLECTIVITIES, _VACCINES, _NOT_VACCINES),
    *_lines_of_each_regime(f"{VACCINATIONS}_date", _COLLECTIVITIES, _VACCINES, _NOT_VACCINES),
    *_lines_of_each_regime(
        CARE_PLAN, (SCHOOL, CANTEEN, LEISURE_CENTRE), "it applies the care plan", _CORE
    ),
    Line(EVERYWHERE, f"{INSURANCE}_date", ALLOWS, "R2", "its children have to be insured"),
    Line(EVERYWHERE, f"{CARE_PLAN}_date", ALLOWS, "R2", "what to do holds as long as it"),
    Line(EVERYWHERE, CONSENTS, ALLOWS, "R2", "who has the child acts by what guardians allow"),
    # Tags add to any regime. An outing adds nothing: the care core goes along.
    Line(MEAL, DIET, REQUIRES, "R2", _EAT),
    Line(MEAL, ALLERGIES, REQUIRES, "R2", _EAT),
    Line(SNACK, DIET, REQUIRES, "R2", _EAT),
    Line(SNACK, ALLERGIES, REQUIRES, "R2", _EAT),
    Line(COOKING, DIET, REQUIRES, "R2", _EAT),
    Line(COOKING, ALLERGIES, REQUIRES, "R2", _EAT),
    Line(SWIMMING, SWIMMING_CERTIFICATE, REQUIRES, "R2", "the child goes into the water there"),
    Line(OVERNIGHT, TREATMENTS, REQUIRES, "R2", "a child who sleeps there takes it there"),
)


@dataclass(frozen=True, slots=True)
class Activity:
    """An activity of a provider, under one regime; its tags describe its sessions."""

    code: str
    label: str
    regime: str
    tags: tuple[str, ...] = ()


def required_projections(activities: Sequence[Activity]) -> dict[str, str]:
    """Give each projection that these activities need, with the reason."""
    return _reasons_by_projection(activities, {REQUIRES})


def allowed_projections(activities: Sequence[Activity]) -> dict[str, str]:
    """Give each projection that these activities may have, needed ones included, and why."""
    return _reasons_by_projection(activities, {ALLOWS}) | required_projections(activities)


def projections_not_allowed(activities: Sequence[Activity]) -> dict[str, str]:
    """Give each projection that these activities may not have, with the reason."""
    kept = _reasons_by_projection(activities, {WITHHOLDS})
    open_to = allowed_projections(activities)
    return {projection: reason for projection, reason in kept.items() if projection not in open_to}


def activities_with_projection(projection: str, activities: Sequence[Activity]) -> list[Activity]:
    """Return the activities of these that need a projection, or may have it."""
    return [each for each in activities if projection in allowed_projections([each])]


def codes_of_activities_receiving(
    projection: str, activities: Sequence[Activity]
) -> tuple[str, ...]:
    """
    Return the codes of the activities whose children a provider is sent this projection of.

    Empty: of every child it has. So it is where every activity opens it, and where one has the
    regime school: pupils come by the school list (rule R2), and ask for nothing.
    """
    opening = activities_with_projection(projection, activities)
    if projection not in BY_ACTIVITY or any(each.regime == SCHOOL for each in opening):
        return ()
    return () if len(opening) == len(activities) else tuple(each.code for each in opening)


def _reasons_by_projection(activities: Sequence[Activity], forces: Iterable[str]) -> dict[str, str]:
    reasons = {
        p: _reason_in_words(
            [x for x in TABLE if x.projection == p and x.force in forces], activities
        )
        for p in PROJECTIONS
    }
    return {projection: reason for projection, reason in reasons.items() if reason}


def _reason_in_words(lines: Iterable[Line], activities: Sequence[Activity]) -> str:
    """Word the lines that touch these activities: one clause per motive, naming whom it is for."""
    clauses: dict[tuple[str, str, str, str], set[str]] = {}
    for line in lines:
        for activity in activities:
            if _does_line_concern(line, activity):
                motive = line.rule, line.force, line.because, line.source
                clauses.setdefault(motive, set()).add(activity.code)
    return "; ".join(
        _reason_clause(
            *motive, [each.code for each in activities if each.code in touched], len(activities)
        )
        for motive, touched in clauses.items()
    )


def _does_line_concern(line: Line, activity: Activity) -> bool:
    return line.under in (EVERYWHERE, activity.regime, *activity.tags)


def _reason_clause(
    rule: str, force: str, because: str, source: str, codes: Sequence[str], of: int
) -> str:
    whom = "every activity" if 1 < of == len(codes) else ", ".join(codes)
    return f"{rule} {force} ({whom}): {because}" + (f" ({source})" if source else "")
