"""Blocks of a town file: each is a schema, notes what it refuses, and makes an object."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, get_type_hints

from marshmallow import Schema, ValidationError, fields, post_load, validate

from deploy.register.town_file.field_types import Key, Text, unknown_message
from deploy.register.town_file.yaml_reader import VERBS, LinedDict


class BlockSchema(Schema):
    """A block of the file, from which `makes` makes an object."""

    makes: ClassVar[Any]
    what: ClassVar[str] = "key"
    """Word by which messages call one of its keys."""
    error_messages = {"type": "must be a block of keys and values"}  # noqa: RUF012

    def check_across_keys(self, made: Any, block: LinedDict) -> None:
        """Refuse what is wrong across the keys of the block."""

    @post_load(pass_original=True)
    def make_and_check(self, valid: dict[str, object], block: object, **_: object) -> object:
        """Make the object and check it; a required key that was refused has a neutral value."""
        if not isinstance(block, LinedDict):
            return type(self).makes(**self.neutral_values({}))
        made = type(self).makes(**self.neutral_values(block) | valid)
        self.check_across_keys(made, block)
        return made

    def neutral_values(self, block: Mapping[str, object]) -> dict[str, object]:
        """Return substitutes for keys of which there is no valid value, so that rules go on."""
        keys = ((name, key) for name, key in self.fields.items() if isinstance(key, Key))
        return {name: key.neutral for name, key in keys if key.required}

    def handle_error(self, error: ValidationError, data: object, **_: object) -> None:
        """Note what is wrong with the keys of this block, and make its object all the same."""
        if isinstance(data, LinedDict):
            known = [each.data_key or name for name, each in self.fields.items()]
            for key, found in error.normalized_messages().items():
                data.refused.add(key)
                _note_problems(
                    data, key, found if key in known else [unknown_message(self.what, key, known)]
                )
            error.messages = {}
        error.valid_data = self.make_and_check(error.valid_data or {}, data)


def _note_problems(block: LinedDict, key: str, found: Any, at: int | str = "") -> None:
    if isinstance(found, dict):
        for step, inner in found.items():
            _note_problems(block, key, inner, step if isinstance(step, int) else at)
        return
    for reason in found:
        block.add_problem_at_key(f"{key} {reason}" if reason.startswith(VERBS) else reason, key, at)


class Block(Key, fields.Nested):
    def __init__(self, schema: type[BlockSchema], **options: Any) -> None:
        super().__init__(schema, allow_none=False, **options)
        self.neutral = schema().make_and_check({}, None)


class Blocks(Key, fields.List):
    """A list of at least one block."""

    expected = "a list"
    neutral = ()

    def __init__(self, schema: type[BlockSchema], **options: Any) -> None:
        some = validate.Length(1, error="is an empty list")
        options |= {"validate": some, "post_load": tuple, "allow_none": False}
        super().__init__(Block(schema), **options)


def annotated_fields_of(made: type) -> dict[str, fields.Field]:
    """Return the fields that are annotations of a dataclass, as `Meta.include` of a schema."""
    hints = get_type_hints(made, include_extras=True)
    return {name: hint.__metadata__[0] for name, hint in hints.items()}


class Purposes(BlockSchema):
    """A block that gives each projection its purpose, be it one that was refused."""

    makes = dict

    def neutral_values(self, block: Mapping[str, object]) -> dict[str, object]:
        return {projection: "" for projection in self.fields if projection in block}


def make_purposes_schema(what: str, projections: Iterable[str]) -> type[Purposes]:
    keys = {each: Text(required=False, allow_none=False) for each in projections}
    return type("Purposes", (Purposes,), {**keys, "what": what})
