"""
Compiled statements, templates and routes, kept for a whole run of thousands of tests.

Tests open engines and make applications by the thousand, where a town has a few; without this,
compiling takes two thirds of their time.
"""

from typing import Any

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import Dialect, Engine
from sqlalchemy.util import LRUCache
from werkzeug.routing import Map, Rule


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
    statements = _Statements()
    # By no event of SQLAlchemy's: where any is listened to, each statement passes its hooks.
    shared = property(lambda _engine: statements, lambda _engine, _own: None)
    Engine._compiled_cache = shared  # type: ignore[assignment]
    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": _Templates()}
    _keep_rules()


def _keep_rules() -> None:
    """Share what an address is matched by and built with: it is of the rule's text alone."""
    kept: dict[Any, tuple[Any, ...]] = {}
    compiled = Rule.compile

    def once(rule: Rule) -> None:
        of_its_text = rule.map is not None and rule.map.converters == Map.default_converters
        if rule.defaults or not of_its_text:
            compiled(rule)
            return
        key = (rule.rule, rule.subdomain, rule.host, rule.merge_slashes, rule.map.host_matching)
        if key not in kept:
            compiled(rule)
            built = rule._build.__func__, rule._build_unknown.__func__
            kept[key] = rule._parts, rule._trace, rule._converters, *built
            return
        rule._parts, rule._trace, rule._converters, build, build_unknown = kept[key]
        rule.arguments.update(rule._converters)
        rule._build, rule._build_unknown = build.__get__(rule), build_unknown.__get__(rule)

    Rule.compile = once  # type: ignore[method-assign]
