"""Fields of a section's content, with the French sentence that each mistake earns."""

from typing import Any

from marshmallow import RAISE, Schema, fields, validate

from shared.text import read_telephone_number


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


class TelephoneNumber(fields.String):
    """A telephone number: however its figures were held apart, one form of it is kept."""

    def __init__(self, **options: Any) -> None:
        mistake = {"number": "Écrivez un numéro de téléphone, par exemple 06 12 34 56 78."}
        super().__init__(error_messages=_REQUIRED | mistake, **options)

    def _deserialize(self, value: Any, *args: Any, **options: Any) -> str:
        written = super()._deserialize(value, *args, **options).strip()
        number = read_telephone_number(written)
        if number is None and (written or self.required):
            raise self.make_error("number")
        return number or ""


def phone(*, optional: bool = False) -> TelephoneNumber:
    """Return a field of a telephone number."""
    return TelephoneNumber(load_default="") if optional else TelephoneNumber(required=True)


def day(**options: Any) -> fields.Date:
    """Return a field of a calendar day."""
    messages = _REQUIRED | {"invalid": "Écrivez une date, par exemple 06/12/2026."}
    return fields.Date(format="iso", error_messages=messages, **options)


def list_length(count: int, least: int = 0) -> validate.Length:
    """Return the validator of a list of `least` to `count` rows."""
    return validate.Length(least, count, error="Indiquez de {min} à {max} lignes.")
