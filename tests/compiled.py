"""
Compiled statements, templates and routes, kept for a whole run of thousands of tests.

Tests open engines and make applications by the thousand, where a town has a few; without this,
compiling takes two thirds of their time.
"""

from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import Connection, Dialect, Engine, event
from sqlalchemy.util import LRUCache
from werkzeug.routing import Map, Rule
from werkzeug.routing.rules import RulePart


class _Statements:
    """SQLAlchemy's compiled statements, kept by database system where it keeps them by engine."""

    def __init__(self) -> None:
        self._kept: LRUCache[Any, Any] = LRUCache(5000)

    def get(self, key: tuple[Dialect, Any]) -> Any:
        return self._kept.get((type(key[0]), *key[1:]))

    def __setitem__(self, key: tuple[Dialect, Any], compiled: Any) -> None:
        self._kept[(type(key[0]), *key[1:])] = compiled


class _Templates(BytecodeCache):
    """Templates as code, by name and content, for every application of the run."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], Any] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._kept.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key, bucket.checksum] = bucket.code


def keep() -> None:
    """Let all that is compiled from now on be compiled once."""
    statements: Any = _Statements()

    @event.listens_for(Engine, "engine_connect")
    def _compile_once(connection: Connection) -> None:
        connection.engine._compiled_cache = statements

    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": _Templates()}
    _keep_addresses()
    _keep_routes()


def _keep_addresses() -> None:
    """Share what an address is matched by: of its rule it needs the text alone."""
    kept: dict[str, tuple[list[RulePart], list[Any], dict[str, Any]]] = {}
    parsed = Rule._parse_rule

    def once(rule: Rule, text: str) -> Iterable[RulePart]:
        if rule.map is None or rule.map.converters != Map.default_converters:
            return parsed(rule, text)
        if text not in kept:
            before = len(rule._trace)
            parts = list(parsed(rule, text))
            kept[text] = parts, rule._trace[before:], dict(rule._converters)
            return parts
        parts, trace, converters = kept[text]
        rule._trace.extend(trace)
        rule._converters.update(converters)
        rule.arguments.update(converters)
        return parts

    Rule._parse_rule = once  # type: ignore[method-assign]


def _keep_routes() -> None:
    """Share what builds an address: it takes its rule as an argument, and all else from the key."""
    kept: dict[Any, Callable[..., Any]] = {}
    compiled = Rule._compile_builder

    def once(rule: Rule, append_unknown: bool = True) -> Callable[..., Any]:
        if rule.defaults:
            return compiled(rule, append_unknown)
        key = (rule.rule, tuple(rule._trace), append_unknown)
        if key not in kept:
            kept[key] = compiled(rule, append_unknown)
        return kept[key]

    Rule._compile_builder = once  # type: ignore[method-assign]
