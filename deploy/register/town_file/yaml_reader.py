"""YAML read as plain blocks that know their lines: every problem of a file is noted, in words."""

import re
from collections.abc import Hashable, Iterable, Iterator
from itertools import product
from pathlib import Path
from typing import TypeVar

import yaml

from deploy.instance.yaml_slips import QUOTES, slip_in_words

LARGEST = 1_000_000  # bytes; a town of 66 communes and nine providers takes 40,000
MOST_VALUES = 100_000

# A value that is read as text whatever YAML takes it for: 28001 is an INSEE code, not a number.
_TEXTS = frozenset({"str", "int", "float", "timestamp"})
_FLAGS = {"true": True, "false": False}
_NOUNS = {"activities": "activity", "completeness": "completeness"}
_CODES = {"code": " {}", "insee": " {}", "for": " for {}"}
"""Keys by which a block of a list is named."""
VERBS = ("is ", "must ", "may ", "sees ", "marks ", "receives ")
"""Beginnings of a reason whose subject is the key or the block itself."""
_QUOTED_BY_WORD_PROCESSOR = re.compile("[“”„].*[“”]|[‘’].*[‘’]")
_LINE_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
"""Ends of lines as YAML 1.1 counts them, section 5.4."""
_TEXT_TAG = "tag:yaml.org,2002:str"
_Loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
T = TypeVar("T")


class Problems(set[tuple[int, str]]):
    """Faults of a file: lines, each with a reason."""

    values = 0
    """Values read so far, those of an alias each time."""


class LinedDict(dict[str, object]):
    """
    A block of the file as plain data, with the line of each key, and what is refused of it.

    A value is text, true or false, a list, a block, or None where the key has none. What YAML takes
    for anything else stays a node, which no field accepts.
    """

    def __init__(self, node: yaml.MappingNode, name: str, problems: Problems) -> None:
        super().__init__()
        self.name = name
        self.refused: set[str] = set()
        self._problems = problems
        self._lines: dict[Hashable, int] = {None: _line_of_node(node)}
        for key, value in node.value:
            self._keep_key(key, value)

    def add_problem_at_key(self, reason: str, key: str, at: int | str = "") -> None:
        """Note a problem on the line of a key, or of the key or item `at` under it."""
        line = self._lines.get((key, at), self.line_of(key))
        colon = "" if reason.startswith(VERBS) else ":"
        self._problems.add((line, f"{self.name}{colon} {reason}"))
        self.refused.add(key)

    def require_key(self, key: str) -> None:
        """Refuse a key without a value, if another one has not made it optional."""
        if not self.get(key):
            lack = "an empty list" if self.get(key) == [] else "empty" if key in self else "missing"
            self.add_problem_at_key(f"{key} is {lack}", key)

    def line_of(self, key: str) -> int:
        """Return the line of a key, or of the block if it has no such key."""
        return self._lines.get(key, self._lines[None])

    def blocks_with_objects(self, key: str, made: Iterable[T]) -> Iterator[tuple["LinedDict", T]]:
        """Give the blocks of a list, or the one block of a key, each with what was made of it."""
        value = self.get(key)
        blocks = value if isinstance(value, list) else [value]
        pairs = zip(blocks, made, strict=False)
        return ((block, each) for block, each in pairs if isinstance(block, LinedDict))

    def _keep_key(self, key: yaml.Node, value: yaml.Node) -> None:
        if not isinstance(key, yaml.ScalarNode):
            self._problems.add((_line_of_node(key), f"{self.name}: a key must be one word"))
            return
        self._lines[key.value] = _line_of_node(key)
        if key.value in self:
            self.add_problem_at_key(f"{key.value} is written twice", key.value)
        plain = self._value_of_node(key.value, value, f"{self.name}: {key.value}")
        self[key.value] = None if plain == "" or _kind_of_node(value) == "null" else plain

    def _value_of_node(self, key: str, node: yaml.Node, name: str) -> object:
        self._problems.values += 1
        if self._problems.values > MOST_VALUES:
            raise RecursionError
        if isinstance(node, yaml.MappingNode):
            block = LinedDict(node, name, self._problems)
            self._lines |= {(key, inner): line for inner, line in block._lines.items()}
            return block
        if isinstance(node, yaml.SequenceNode):
            self._lines |= {(key, at): _line_of_node(each) for at, each in enumerate(node.value)}
            return [
                self._value_of_node(key, each, self._name_of_block(key, each))
                for each in node.value
            ]
        if _kind_of_node(node) in _TEXTS:
            is_plain = isinstance(node, yaml.ScalarNode) and not node.style
            if is_plain and _QUOTED_BY_WORD_PROCESSOR.fullmatch(node.value):
                self._problems.add((_line_of_node(node), f"{name}: {QUOTES}"))
                return node.value[1:-1]
            return node.value.strip()
        return _FLAGS.get(node.value, node) if _kind_of_node(node) == "bool" else node

    def _name_of_block(self, key: str, node: yaml.Node) -> str:
        """Name a block of a list by its code, and a role by its provider too."""
        pairs = node.value if isinstance(node, yaml.MappingNode) else ()
        codes = {str(k.value): v.value for k, v in pairs if isinstance(v, yaml.ScalarNode)}
        known = [form.format(codes[code]) for code, form in _CODES.items() if code in codes]
        name = "".join([_NOUNS.get(key, key.removesuffix("s")), *known[:1]])
        return f"{self.name}, {name}" if key == "roles" else name


def refuse_repeated_value(pairs: Iterable[tuple[LinedDict, object]], *keys: str) -> None:
    """Refuse a value that an earlier block has under the same key."""
    seen: dict[tuple[str, object], int] = {}
    for (block, made), key in product(pairs, keys):
        value = getattr(made, key)
        if (key, value) in seen:
            block.add_problem_at_key(f"{key} {value} is used on line {seen[key, value]}", key)
        elif value:
            seen[key, value] = block.line_of(key)


def read_block(path: Path, name: str, problems: Problems) -> LinedDict | None:
    """Read a file that is one block; None where it is not, or not to be read at all."""
    try:
        text = path.read_bytes()[: LARGEST + 1].decode("utf-8-sig")
        problems.update(_faults_of_yaml(text))
        root = None if problems else yaml.compose(text, _Loader)
        if isinstance(root, yaml.MappingNode):
            problems.update(_texts_cut_off_by_comment(text))
            return LinedDict(root, name, problems)
        if root is not None and _kind_of_node(root) != "null":
            problems.add((_line_of_node(root), f"{name} must be a block of keys and values"))
        elif not problems:
            problems.add((1, "this file holds nothing but comments"))
    except OSError as error:
        problems.add((1, f"this file cannot be read: {error.strerror}"))
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        problems.add((line, "this is not UTF-8 text"))
    except yaml.MarkedYAMLError as error:
        problems.add(slip_in_words(error))
    except (yaml.YAMLError, RecursionError):
        problems.add((1, "this is not YAML: a control character, or blocks nested too deep"))
    return None


def _faults_of_yaml(text: str) -> Iterator[tuple[int, str]]:
    """Give what keeps a text from being read as YAML."""
    if len(text.encode()) > LARGEST:
        yield 1, f"this file is larger than {LARGEST} bytes"
    if not text.strip():
        yield 1, "this file is empty"
    for number, line in enumerate(text.split("\n"), start=1):
        if re.match(r" *\t\s*\S", line):
            yield number, "a tab: YAML is indented with spaces"


def _texts_cut_off_by_comment(text: str) -> Iterator[tuple[int, str]]:
    """Yield where a text may go on behind a #: « label: Cuisine #1 » is read as « Cuisine »."""
    lines = _LINE_BREAK.split(text)
    resolver = _Loader("")
    for token in yaml.scan(text, _Loader):
        if isinstance(token, yaml.ScalarToken) and token.plain:
            tag, end = resolver.resolve(yaml.ScalarNode, token.value, (True, False)), token.end_mark
            if tag == _TEXT_TAG and re.match(r"\s+#\w", lines[end.line][end.column :]):
                yield (
                    end.line + 1,
                    "what begins with # is a comment, and not read: a text with a # stands in"
                    " quotes, a comment has a space behind it",
                )


def _line_of_node(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _kind_of_node(node: yaml.Node) -> str:
    return str(node.tag).removeprefix("tag:yaml.org,2002:")
