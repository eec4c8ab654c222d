"""
The town file: what a town writes about itself, read, checked, and refused with line numbers.

Every problem of a file is found in one run, so that nobody mends it one refusal at a time.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from itertools import pairwise
from pathlib import Path

import yaml

from shared.entitlement import (
    PROJECTIONS,
    REGIMES,
    SECTIONS,
    SPECIAL,
    SPECIAL_SECTIONS,
    TAGS,
    Activity,
    allowed,
    required,
    withheld,
)
from shared.register import REFERENCE_DATES, Administrator, Commune, Role, Section

HUES = ("1", "2", "3", "4")
KINDS = ("town", "agglomeration", "delegated_operator", "association")
LARGEST = 1_000_000  # bytes; a town of 66 communes and nine providers takes 40,000

# A value that is read as text whatever YAML takes it for: 28001 is an INSEE code, not a number.
_SCALARS = frozenset({"str", "int", "float", "timestamp"})
_Loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class TownRefused(Exception):
    """The town file cannot be used; `problems` holds one `file:line: reason` each."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Form:
    """How a value is written, and how that is said to who wrote it otherwise."""

    pattern: str
    meaning: str

    def fits(self, value: str) -> bool:
        return re.fullmatch(self.pattern, value) is not None


ANY = Form(r"\S.*", "text on one line, in quotes where YAML takes it for something else")
LABEL = Form(r"\S.{0,59}", "text of at most 60 characters")
SHORT = Form(r"\S.{0,19}", "text of at most 20 characters")
CODE = Form(r"[a-z0-9_]{2,20}", "2 to 20 characters among a-z, 0-9 and _")
INSEE = Form(r"([0-9]{2}|2[AB])[0-9]{3}", "the 5 characters of an INSEE code (28001, 2A004)")
LETTER = Form(r"[A-Z]", "one capital letter")
LOGIN = Form(r"[a-z0-9][a-z0-9._@-]{2,63}", "3 to 64 characters among a-z, 0-9 and . _ - @")
PHONE = Form(r"0[0-9]([ \u00a0]?[0-9]{2}){4}", "a telephone number of 10 digits, in quotes")
RETENTION = Form(r"[0-9]{1,3} (day|month|year)s?", "a length such as 1 year, 36 months, 30 days")
SCHOOL_YEAR = Form(r"20[0-9]{2}-20[0-9]{2}", "a school year such as 2026-2027")


@dataclass(frozen=True, slots=True)
class ProviderEntry:
    """A provider as the town declares it; `entitlements` gives each projection its purpose."""

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

    @property
    def provider_principals(self) -> tuple[str, ...]:
        return tuple(provider.principal for provider in self.providers)


def read_town(path: str | Path) -> Town:
    """Read a town file; raises TownRefused with every problem found."""
    problems = Problems(str(path))
    root = _compose(_text(Path(path), problems), problems)
    town = _town(Item(root, "the town file", problems)) if root else None
    if town is None or problems.found:
        raise TownRefused(problems.in_order())
    return town


# --- Reading YAML with its lines ---


@dataclass
class Problems:
    file: str
    found: set[tuple[int, str]] = field(default_factory=set)

    def add(self, line: int, reason: str) -> None:
        self.found.add((line, reason))

    def in_order(self) -> list[str]:
        return [f"{self.file}:{line}: {reason}" for line, reason in sorted(self.found)]


def _text(path: Path, problems: Problems) -> str:
    try:
        raw = path.read_bytes()[: LARGEST + 1]
        text = raw.decode("utf-8-sig")
    except OSError as error:
        problems.add(1, f"this file cannot be read: {error.strerror}")
        return ""
    except UnicodeDecodeError as error:
        problems.add(raw.count(b"\n", 0, error.start) + 1, "this is not UTF-8 text")
        return ""
    if len(raw) > LARGEST:
        problems.add(1, f"this file is larger than {LARGEST} bytes")
        return ""
    if not text.strip():
        problems.add(1, "this file is empty")
    return text


def _compose(text: str, problems: Problems) -> yaml.Node | None:
    for number, line in enumerate(text.split("\n"), start=1):
        if re.match(r" *\t\s*\S", line):
            problems.add(number, "a tab: YAML is indented with spaces")
    if problems.found:
        return None
    try:
        root = yaml.compose(text, _Loader)
    except yaml.MarkedYAMLError as error:
        problems.add(*_syntax(error))
        return None
    except (yaml.YAMLError, RecursionError):
        problems.add(1, "this is not YAML: a control character, or blocks nested too deep")
        return None
    if root is None or _kind(root) == "null":
        problems.add(1, "this file holds nothing but comments")
        return None
    return root


def _syntax(error: yaml.MarkedYAMLError) -> tuple[int, str]:
    mark = error.problem_mark or error.context_mark
    reason = f"this is not YAML: {error.problem or error.context}"
    if error.context_mark and mark and error.context_mark.line != mark.line:
        reason += f" ({error.context}, begun on line {error.context_mark.line + 1})"
    return (mark.line + 1 if mark else 1), reason


def _kind(node: yaml.Node) -> str:
    return str(node.tag).removeprefix("tag:yaml.org,2002:")


class Item:
    """
    One block of the file, asked key by key; keys that nobody asked for are unknown.

    A value that is missing or wrong is noted, and a neutral one given in its place, so that
    reading goes on to the next problem.
    """

    def __init__(self, node: yaml.Node, name: str, problems: Problems) -> None:
        self.name = name
        self.problems = problems
        self.line = node.start_mark.line + 1
        self.values: dict[str, yaml.Node] = {}
        self.lines: dict[str, int] = {}
        self._asked: set[str] = set()
        self.sound = isinstance(node, yaml.MappingNode)
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                self._keep(key, value)
        else:
            self.refuse(f"{name} must be a block of keys and values")

    def _keep(self, key: yaml.Node, value: yaml.Node) -> None:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            self.problems.add(line, f"{self.name}: a key must be one word")
            return
        if key.value in self.values:
            self.problems.add(line, f"{self.name}: {key.value} is written twice")
        self.values[key.value] = value
        self.lines[key.value] = line

    def refuse(self, reason: str, key: str = "") -> None:
        """Note a problem on the line of a key, or of the block."""
        self.problems.add(self.lines.get(key, self.line), reason)

    def has(self, key: str) -> bool:
        return key in self.values

    def node(self, key: str, optional: bool = False) -> yaml.Node | None:
        self._asked.add(key)
        node = self.values.get(key)
        if node is not None and _kind(node) != "null" and node.value != "":
            return node
        if self.sound and not optional:
            self.refuse(
                f"{self.name}: {key} is {'empty' if key in self.values else 'missing'}", key
            )
        return None

    def text(self, key: str, form: Form = ANY, optional: bool = False) -> str:
        node = self.node(key, optional)
        if node is None:
            return ""
        value = str(node.value).strip()
        readable = isinstance(node, yaml.ScalarNode) and _kind(node) in _SCALARS
        if not readable or not form.fits(value):
            self.refuse(f"{self.name}: {key} must be {form.meaning}", key)
            return ""
        return value

    def day(self, key: str, optional: bool = False) -> date | None:
        node = self.node(key, optional)
        try:
            return date.fromisoformat(node.value) if node else None
        except (TypeError, ValueError):
            self.refuse(f"{self.name}: {key} must be a date such as 2026-01-31", key)
            return None

    def flag(self, key: str) -> bool:
        node = self.node(key)
        if node is not None and node.value not in ("true", "false"):
            self.refuse(f"{self.name}: {key} must be true or false", key)
        return node is not None and node.value == "true"

    def one_of(self, key: str, choices: Collection[str], what: str) -> str:
        value = self.text(key)
        if value and value not in choices:
            self.refuse(f"{self.name}: {_unknown(what, value, choices)}", key)
            return ""
        return value

    def several_of(
        self, key: str, choices: Collection[str], what: str, optional: bool = False
    ) -> tuple[str, ...]:
        """Give the values of a list, each of which must be one of the choices, once."""
        values: list[str] = []
        for node in self._list(key, optional):
            line, value = node.start_mark.line + 1, node.value
            if not isinstance(node, yaml.ScalarNode):
                self.problems.add(line, f"{self.name}: {key} must be a list of words")
            elif value not in choices:
                self.problems.add(line, f"{self.name}: {_unknown(what, value, choices)}")
            elif value in values:
                self.problems.add(line, f"{self.name}: {what} {value} is written twice")
            else:
                values.append(value)
        return tuple(values)

    def items(self, key: str, what: str) -> list["Item"]:
        """Give the blocks of a list; each is named by its code, where it has one."""
        return [self._named(node, what) for node in self._list(key)]

    def block(self, key: str) -> "Item | None":
        node = self.node(key)
        return Item(node, f"{self.name}: {key}", self.problems) if node else None

    def close(self, what: str = "key", known: Collection[str] = ()) -> None:
        """Refuse every key that was not asked for."""
        for key in self.values.keys() - self._asked:
            self.refuse(f"{self.name}: {_unknown(what, key, known or self._asked)}", key)

    def _list(self, key: str, optional: bool = False) -> list[yaml.Node]:
        node = self.values.get(key)
        if isinstance(node, yaml.SequenceNode) and not node.value and optional:
            self._asked.add(key)
            return []
        node = self.node(key, optional)
        if isinstance(node, yaml.SequenceNode):
            if not node.value:
                self.refuse(f"{self.name}: {key} is an empty list", key)
            return list(node.value)
        if node is not None:
            self.refuse(f"{self.name}: {key} must be a list", key)
        return []

    def _named(self, node: yaml.Node, what: str) -> "Item":
        item = Item(node, what, self.problems)
        code = item.values.get("code") or item.values.get("insee")
        item.name = f"{what} {code.value}" if isinstance(code, yaml.ScalarNode) else what
        return item


def _unknown(what: str, value: str, choices: Collection[str]) -> str:
    close = get_close_matches(value, sorted(choices), n=1)
    hint = f"did you mean {close[0]}?" if close else f"known are {', '.join(sorted(choices))}"
    return f"unknown {what} {value!r}; {hint}"


# --- What a town must say ---


def _town(root: Item) -> Town:
    town = Town(
        code=root.text("code", CODE),
        name=root.text("name", LABEL),
        demo=root.flag("demo"),
        help_phone=root.text("help_phone", PHONE),
        help_hours=root.text("help_hours"),
        school_year=_school_year(root),
        controller=root.text("controller"),
        dpo=root.text("dpo"),
        communes=_communes(root.items("communes", "commune")),
        sections=_sections(root),
        providers=_providers(root.items("providers", "provider")),
    )
    root.close()
    return town


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
    _refuse_twice(items, "code")
    for code in SECTIONS:
        if items and code not in sections:
            root.refuse(f"{root.name}: section {code} is missing, the dossier keeps it", "sections")
    return tuple(sections[code] for code in SECTIONS if code in sections)


def _section(item: Item) -> Section:
    code = item.one_of("code", SECTIONS, "section")
    section = Section(
        code=code,
        label=item.text("label", LABEL),
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
    _refuse_twice(items, "code")
    _refuse_twice(items, "letter")
    administrators = [b for item in items if (b := item.block("first_administrator"))]
    _refuse_twice(administrators, "login")
    return providers


def _provider(item: Item) -> ProviderEntry:
    activities = _activities(item)
    entitlements = _entitlements(item, activities)
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
        roles=_roles(item, entitlements),
        administrator=_administrator(item),
    )
    item.close()
    return provider


def _activities(item: Item) -> tuple[Activity, ...] | None:
    """Read the activities; None where one is wrong, as the rules then cannot be applied."""
    before = len(item.problems.found)
    items = item.items("activities", "activity")
    activities = tuple(_activity(each) for each in items)
    _refuse_twice(items, "code")
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
        _refuse_less(item, block, given, required(activities))
        _refuse_more(item, block, given, allowed(activities), withheld(activities))
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
    _refuse_twice(items, "code")
    shown = {projection for role in roles for projection in role.projections}
    for projection in entitlements:
        if roles and projection not in shown:
            item.refuse(f"{item.name}: no role sees {projection}", "roles")
    return roles


def _role(item: Item, provider: Item, entitlements: Collection[str]) -> Role:
    item.name = f"{provider.name}, {item.name}"
    projections = item.several_of("projections", PROJECTIONS, "projection")
    marks = item.several_of("marks_seen", PROJECTIONS, "projection", optional=True)
    for projection in projections:
        if entitlements and projection not in entitlements:
            item.refuse(f"{item.name} sees {projection}, but its provider does not", "projections")
    for projection in marks:
        if projection not in projections:
            item.refuse(f"{item.name} marks {projection} seen without seeing it", "marks_seen")
    role = Role(item.text("code", CODE), item.text("label", LABEL), projections, marks)
    item.close()
    return role


def _administrator(item: Item) -> Administrator:
    block = item.block("first_administrator")
    if block is None:
        return Administrator("", "")
    administrator = Administrator(block.text("login", LOGIN), block.text("name", LABEL))
    block.close()
    return administrator


def _refuse_twice(items: Iterable[Item], key: str) -> None:
    """Refuse a value that an earlier block of the list has, too."""
    seen: dict[str, int] = {}
    for item in items:
        node = item.values.get(key)
        if isinstance(node, yaml.ScalarNode) and node.value in seen:
            item.refuse(f"{item.name}: {key} {node.value} is used on line {seen[node.value]}", key)
        elif isinstance(node, yaml.ScalarNode) and node.value:
            seen[node.value] = item.lines[key]
