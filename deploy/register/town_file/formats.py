"""Formats of values in several parts of a town file, and the first administrator."""

from collections.abc import Iterable

import yaml

from deploy.register.town_file.yaml_reader import Form, Item
from shared.register import Administrator

CODE = Form(r"[a-z0-9_]{2,20}", "2 to 20 characters among a-z, 0-9 and _")
LABEL = Form(r"\S.{0,59}", "text of at most 60 characters")
LETTER = Form(r"[A-Z]", "one capital letter")
RETENTION = Form(r"[0-9]{1,3} (day|month|year)s?", "a length such as 1 year, 36 months, 30 days")
LOGIN = Form(r"[a-z0-9][a-z0-9._@-]{2,63}", "3 to 64 characters among a-z, 0-9 and . _ - @")
PHONE = Form(r"0[0-9]([ \u00a0]?[0-9]{2}){4}", "a telephone number of 10 digits, in quotes")


def first_administrator(item: Item) -> Administrator:
    """Read who an office's first administrator is: one person, who then names the others."""
    block = item.block("first_administrator")
    if block is None:
        return Administrator("", "")
    administrator = Administrator(block.text("login", LOGIN), block.text("name", LABEL))
    block.close()
    return administrator


def refuse_twice(items: Iterable[Item], key: str) -> None:
    """Refuse a value that an earlier block of the list has, too."""
    seen: dict[str, int] = {}
    for item in items:
        node = item.values.get(key)
        if isinstance(node, yaml.ScalarNode) and node.value in seen:
            item.refuse(f"{item.name}: {key} {node.value} is used on line {seen[node.value]}", key)
        elif isinstance(node, yaml.ScalarNode) and node.value:
            seen[node.value] = item.lines[key]
