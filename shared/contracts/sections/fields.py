"""Fields of a section's content, with the French sentence that each mistake earns."""

from typing import Any

from marshmallow import RAISE, Schema, fields, validate


class SectionContent(Schema):
    """A section's content; unknown fields are refused."""

    class Meta:
        unknown = RAISE


_REQUIRED: dict[str, Any] = {
    "required": "À remplir.",
    "null": "À remplir.",
    "invalid": "Cette valeur ne convient pas.",
}


def text(most: int, *, optional: bool = False) -> fields.String:
    """Return a field of text of up to `most` characters."""
    checks = [validate.Length(max=most, error="Écrivez {max} caractères au plus.")]
    if not optional:
        checks.append(validate.Length(1, error=_REQUIRED["required"]))
    options: dict[str, Any] = {"load_default": ""} if optional else {"required": True}
    return fields.String(validate=checks, error_messages=_REQUIRED, **options)


def choice(*values: str, **options: Any) -> fields.String:
    """Return a field of one of these codes."""
    one_of = validate.OneOf(values, error="Choisissez une des réponses proposées.")
    return fields.String(validate=one_of, error_messages=_REQUIRED, **options)


def town_code(**options: Any) -> fields.String:
    """Return a field of a code of a list that is the town's."""
    shape = validate.Regexp(r"^[a-z0-9_]{2,20}\Z", error="Choisissez une des réponses proposées.")
    return fields.String(validate=shape, error_messages=_REQUIRED, **options)


def phone(*, optional: bool = False) -> fields.String:
    """Return a field of a telephone number."""
    shape = validate.Regexp(
        r"^\Z|^\+?[0-9][0-9 .]{7,18}[0-9]\Z" if optional else r"^\+?[0-9][0-9 .]{7,18}[0-9]\Z",
        error="Écrivez un numéro de téléphone, par exemple 06 12 34 56 78.",
    )
    options: dict[str, Any] = {"load_default": ""} if optional else {"required": True}
    return fields.String(validate=shape, error_messages=_REQUIRED, **options)


def day(**options: Any) -> fields.Date:
    """Return a field of a calendar day."""
    messages = _REQUIRED | {"invalid": "Écrivez une date, par exemple 06/12/2026."}
    return fields.Date(format="iso", error_messages=messages, **options)


def list_length(count: int, least: int = 0) -> validate.Length:
    """Return the validator of a list of `least` to `count` rows."""
    return validate.Length(least, count, error="Indiquez de {min} à {max} lignes.")
