"""
The town file: what a town writes about itself, read, checked, and refused with line numbers.

Every problem of a file is found in one run, so that nobody mends it one refusal at a time.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from pathlib import Path

from deploy.register.town_file.completeness import needs
from deploy.register.town_file.conversations import USUAL, conversations
from deploy.register.town_file.formats import (
    CODE,
    LABEL,
    LETTER,
    PHONE,
    RETENTION,
    first_administrator,
    refuse_twice,
)
from deploy.register.town_file.front_desk import front_desk
from deploy.register.town_file.regies import regies
from deploy.register.town_file.yaml_reader import Form, Item, Problems, compose, read_text
from shared.contracts.sections import SECTIONS as OF_DOSSIER
from shared.register import (
    REFERENCE_DATES,
    Administrator,
    Commune,
    Conversations,
    FrontDesk,
    Regie,
    Role,
    Section,
)
from shared.register.completeness import Needs
from shared.register.entitlement import (
    NOT_READ,
    ON_OCCASION,
    ON_REQUEST,
    PERMISSIONS,
    PROJECTIONS,
    REGIMES,
    SECTIONS,
    SPECIAL,
    SPECIAL_SECTIONS,
    TAGS,
    Activity,
    allowed_projections,
    required_projections,
    withheld_projections,
)

HUES = ("1", "2", "3", "4")
KINDS = ("town", "agglomeration", "delegated_operator", "association")


class TownRefused(Exception):
    """The town file cannot be used; `problems` holds one `file:line: reason` each."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


SHORT = Form(r"\S.{0,19}", "text of at most 20 characters")
INSEE = Form(r"([0-9]{2}|2[AB])[0-9]{3}", "the 5 characters of an INSEE code (28001, 2A004)")
NOTICE_DAYS = Form(r"[0-9]{1,3}", "a number of days (0 to 999)")
SCHOOL_YEAR = Form(r"20[0-9]{2}-20[0-9]{2}", "a school year such as 2026-2027")


@dataclass(frozen=True, slots=True)
class ProviderEntry:
    """
    A provider as the town declares it; `entitlements` gives each projection its purpose.

    So does `on_request`, for what it takes where a guardian has it sent (rule R4). `on_occasion` is
    why it receives diet and allergies where a session has food (rule R3), or "".
    """

    code: str
    label: str
    short_label: str
    letter: str
    hue: int
    kind: str
    controller: str
    dpo: str
    phone: str
    legal_basis: str
    article_9_ground: str
    activities: tuple[Activity, ...]
    entitlements: Mapping[str, str]
    roles: tuple[Role, ...]
    administrator: Administrator
    regies: tuple[Regie, ...] = ()
    on_request: Mapping[str, str] = field(default_factory=dict)
    on_occasion: str = ""

    @property
    def principal(self) -> str:
        return f"enrolment_{self.code}"

    def legal_basis_for(self, projection: str) -> str:
        return _legal_basis(
            self.legal_basis, self.article_9_ground if projection in SPECIAL else ""
        )


@dataclass(frozen=True, slots=True)
class Town:
    """All that one town file says."""

    code: str
    name: str
    demo: bool
    help_phone: str
    help_hours: str
    school_year: str
    controller: str
    dpo: str
    communes: tuple[Commune, ...]
    sections: tuple[Section, ...]
    providers: tuple[ProviderEntry, ...]
    completeness: tuple[Needs, ...] = ()
    help_hours_en: str = ""
    front_desk: FrontDesk | None = None
    conversations: Conversations = USUAL
    notice_days: int = 30
    """Notice to families, in days, before a widening takes effect."""

    @property
    def provider_principals(self) -> tuple[str, ...]:
        return tuple(provider.principal for provider in self.providers)


def read_town(path: str | Path) -> Town:
    """Read a town file; raises TownRefused with every problem found."""
    problems = Problems(str(path))
    root = compose(read_text(Path(path), problems), problems)
    town = _town(Item(root, "the town file", problems)) if root else None
    if town is None or problems.found:
        raise TownRefused(problems.in_order())
    return town


# --- What a town must say ---


def _town(root: Item) -> Town:
    items = root.items("providers", "provider")
    before = len(root.problems.found)
    providers = _providers(items)
    activities = [each for provider in providers for each in provider.activities]
    sound = len(root.problems.found) == before
    town = Town(
        code=root.text("code", CODE),
        name=root.text("name", LABEL),
        demo=root.flag("demo"),
        help_phone=root.text("help_phone", PHONE),
        help_hours=root.text("help_hours"),
        help_hours_en=root.text("help_hours_en", optional=True),
        school_year=_school_year(root),
        controller=root.text("controller"),
        dpo=root.text("dpo"),
        communes=_communes(root.items("communes", "commune")),
        sections=_sections(root),
        conversations=conversations(root),
        providers=providers,
        completeness=needs(root, activities if sound else None),
        front_desk=front_desk(root, items),
        notice_days=_notice_days(root),
    )
    root.close()
    return town


def _notice_days(root: Item) -> int:
    """A real town tells its families at least a day before; a demonstration need not wait."""
    written = root.text("notice_days", NOTICE_DAYS, optional=True) or "30"
    if written == "0" and not root.flag("demo"):
        root.refuse(f"{root.name}: notice_days must be 1 or more in a real town", "notice_days")
    return int(written)


def _school_year(root: Item) -> str:
    value = root.text("school_year", SCHOOL_YEAR)
    if value and int(value[5:]) != int(value[:4]) + 1:
        root.refuse(f"{root.name}: school_year must join two years that follow", "school_year")
    return value


def _communes(items: Sequence[Item]) -> tuple[Commune, ...]:
    read = [(_commune(item), item) for item in items]
    read.sort(key=lambda each: (each[0].insee, each[0].member_from))
    for (earlier, _), (later, item) in pairwise(read):
        ended = earlier.member_to or date.max
        if earlier.insee and earlier.insee == later.insee and later.member_from < ended:
            item.refuse(f"{item.name}: its membership overlaps an earlier one", "member_from")
    return tuple(commune for commune, _ in read)


def _commune(item: Item) -> Commune:
    start, end = item.day("member_from"), item.day("member_to", optional=True)
    if start and end and end <= start:
        item.refuse(f"{item.name}: member_to must come after member_from", "member_to")
    commune = Commune(item.text("insee", INSEE), item.text("name", LABEL), start or date.max, end)
    item.close()
    return commune


def _sections(root: Item) -> tuple[Section, ...]:
    items = root.items("sections", "section")
    sections = {section.code: section for section in map(_section, items)}
    refuse_twice(items, "code")
    for code, declared in OF_DOSSIER.items():
        if items and code not in sections and declared.unless_listed is None:
            root.refuse(f"{root.name}: section {code} is missing, the dossier keeps it", "sections")
        if items and code not in sections and declared.unless_listed:
            usual = declared.unless_listed
            sections[code] = Section(
                code=code,
                label=declared.label,
                purpose=usual.purpose,
                legal_basis=usual.legal_basis,
                retention=usual.retention,
                reference_date=usual.reference_date,
                label_en=usual.label_en,
            )
    return tuple(sections[code] for code in SECTIONS if code in sections)


def _section(item: Item) -> Section:
    code = item.one_of("code", SECTIONS, "section")
    section = Section(
        code=code,
        label=item.text("label", LABEL),
        label_en=item.text("label_en", LABEL, optional=True),
        purpose=item.text("purpose"),
        legal_basis=_legal_basis(
            item.text("legal_basis"),
            item.text("article_9_ground", optional=code not in SPECIAL_SECTIONS),
        ),
        retention=item.text("retention", RETENTION),
        reference_date=item.one_of("reference_date", REFERENCE_DATES, "reference date"),
    )
    item.close()
    return section


def _legal_basis(basis: str, ground: str) -> str:
    return "\u00a0; ".join(part for part in (basis, ground) if part)


def _providers(items: Sequence[Item]) -> tuple[ProviderEntry, ...]:
    providers = tuple(_provider(item) for item in items)
    refuse_twice(items, "code")
    refuse_twice(items, "letter")
    administrators = [b for item in items if (b := item.block("first_administrator"))]
    refuse_twice(administrators, "login")
    collecting = [
        each for item in items if item.has("regies") for each in item.items("regies", "regie")
    ]
    for key in ("code", "number", "prefix"):
        refuse_twice(collecting, key)
    return providers


def _provider(item: Item) -> ProviderEntry:
    activities = _activities(item)
    entitlements = _entitlements(item, activities)
    on_request = _on_request(item, entitlements)
    on_occasion = item.text("on_occasion") if item.has("on_occasion") else ""
    if on_occasion and not set(ON_OCCASION) - entitlements.keys():
        item.refuse(f"{item.name} receives diet and allergies of itself", "on_occasion")
    besides = dict.fromkeys(ON_OCCASION, on_occasion) if on_occasion else {}
    provider = ProviderEntry(
        code=item.text("code", CODE),
        label=item.text("label", LABEL),
        short_label=item.text("short_label", SHORT),
        letter=item.text("letter", LETTER),
        hue=int(item.one_of("hue", HUES, "hue") or 0),
        kind=item.one_of("kind", KINDS, "kind"),
        controller=item.text("controller"),
        dpo=item.text("dpo"),
        phone=item.text("phone", PHONE),
        legal_basis=item.text("legal_basis"),
        article_9_ground=item.text("article_9_ground"),
        activities=tuple(activities or ()),
        entitlements=entitlements,
        roles=_roles(item, {**entitlements, **on_request, **besides}),
        administrator=first_administrator(item),
        regies=regies(item, activities),
        on_request=on_request,
        on_occasion=on_occasion,
    )
    item.close()
    return provider


def _activities(item: Item) -> tuple[Activity, ...] | None:
    """Read the activities; None where one is wrong, as the rules then cannot be applied."""
    before = len(item.problems.found)
    items = item.items("activities", "activity")
    activities = tuple(_activity(each) for each in items)
    refuse_twice(items, "code")
    return activities if len(item.problems.found) == before else None


def _activity(item: Item) -> Activity:
    activity = Activity(
        code=item.text("code", CODE),
        label=item.text("label", LABEL),
        regime=item.one_of("regime", REGIMES, "regime"),
        tags=item.several_of("tags", TAGS, "tag", optional=True),
    )
    item.close()
    return activity


def _entitlements(item: Item, activities: Sequence[Activity] | None) -> Mapping[str, str]:
    """Read what a provider receives and why; hold it against rules R1 and R2."""
    block = item.block("entitlements")
    if block is None:
        return {}
    given = {p: block.text(p) for p in PROJECTIONS if block.has(p)}
    block.close("projection", PROJECTIONS)
    if activities is not None:
        _refuse_less(item, block, given, required_projections(activities))
        _refuse_more(
            item, block, given, allowed_projections(activities), withheld_projections(activities)
        )
    return given


def _on_request(item: Item, entitlements: Collection[str]) -> Mapping[str, str]:
    """Read what a provider takes besides where a guardian has it sent (rule R4)."""
    block = item.block("on_request") if item.has("on_request") else None
    if block is None:
        return {}
    given = {p: block.text(p) for p in ON_REQUEST if block.has(p)}
    block.close("projection on request", ON_REQUEST)
    for projection in given:
        if projection in entitlements:
            block.refuse(f"{item.name} receives {projection} of itself", projection)
    return given


def _refuse_less(
    item: Item, block: Item, given: Collection[str], needed: Mapping[str, str]
) -> None:
    for projection, reason in needed.items():
        if projection not in given:
            item.refuse(f"{item.name} must receive {projection}. {reason}", "entitlements")


def _refuse_more(
    item: Item, block: Item, given: Collection[str], may: Collection[str], why: Mapping[str, str]
) -> None:
    for projection in given:
        if projection not in may:
            block.refuse(f"{item.name} may not receive {projection}. {why[projection]}", projection)


def _roles(item: Item, entitlements: Collection[str]) -> tuple[Role, ...]:
    items = item.items("roles", "role")
    roles = tuple(_role(each, item, entitlements) for each in items)
    refuse_twice(items, "code")
    shown = {projection for role in roles for projection in role.projections}
    for projection in entitlements:
        if roles and projection not in shown | NOT_READ:
            item.refuse(f"{item.name}: no role sees {projection}", "roles")
    return roles


def _role(item: Item, provider: Item, entitlements: Collection[str]) -> Role:
    item.name = f"{provider.name}, {item.name}"
    permissions = item.several_of("acts", PERMISSIONS, "act", optional=True)
    projections = item.several_of(
        "projections", PROJECTIONS, "projection", optional=bool(permissions)
    )
    marks = item.several_of("marks_seen", PROJECTIONS, "projection", optional=True)
    for projection in projections:
        if entitlements and projection not in entitlements:
            item.refuse(f"{item.name} sees {projection}, but its provider does not", "projections")
        if projection in NOT_READ:
            item.refuse(f"{projection} is for the service; no desk shows it", "projections")
    for projection in marks:
        if projection not in projections:
            item.refuse(f"{item.name} marks {projection} seen without seeing it", "marks_seen")
    role = Role(item.text("code", CODE), item.text("label", LABEL), projections, marks, permissions)
    item.close()
    return role
