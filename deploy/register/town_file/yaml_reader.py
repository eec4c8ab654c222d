"""YAML read with its line numbers: every problem of a file found in one run, and said in words."""

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from pathlib import Path

import yaml

LARGEST = 1_000_000  # bytes; a town of 66 communes and nine providers takes 40,000

# A value that is read as text whatever YAML takes it for: 28001 is an INSEE code, not a number.
_SCALARS = frozenset({"str", "int", "float", "timestamp"})
_Loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Form:
    """Format of a value, and its description in error messages."""

    pattern: str
    meaning: str

    def fits(self, value: str) -> bool:
        return re.fullmatch(self.pattern, value) is not None


ANY = Form(r"\S.*", "text on one line, in quotes where YAML takes it for something else")


@dataclass
class Problems:
    file: str
    found: set[tuple[int, str]] = field(default_factory=set)

    def add(self, line: int, reason: str) -> None:
        self.found.add((line, reason))

    def in_order(self) -> list[str]:
        return [f"{self.file}:{line}: {reason}" for line, reason in sorted(self.found)]


def read_text(path: Path, problems: Problems) -> str:
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


def compose(text: str, problems: Problems) -> yaml.Node | None:
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
            self.refuse(f"{self.name}: {unknown(what, value, choices)}", key)
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
                self.problems.add(line, f"{self.name}: {unknown(what, value, choices)}")
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
            self.refuse(f"{self.name}: {unknown(what, key, known or self._asked)}", key)

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


def unknown(what: str, value: str, choices: Collection[str]) -> str:
    close = get_close_matches(value, sorted(choices), n=1)
    hint = f"did you mean {close[0]}?" if close else f"known are {', '.join(sorted(choices))}"
    return f"unknown {what} {value!r}; {hint}"
