"""Look of a town in its file: one colour, from which the shades are reckoned, and its arms."""

from marshmallow import ValidationError, validate

from deploy.register.town_file.blocks import BlockSchema
from deploy.register.town_file.field_types import Text, format_validator
from deploy.register.town_file.look.coat_of_arms import ArmsRefused, arms_made_anew
from deploy.register.town_file.look.colours import ColourRefused, colour_tokens_of
from shared.register import Identity

COLOUR = format_validator(r"#[0-9a-f]{6}", 'a colour such as "#1d4796", in quotes')


class Readable(validate.Validator):
    """The validator of a colour that can be read wherever a town's colour is used."""

    def __call__(self, value: str) -> str:
        COLOUR(value)  # of what is no colour nothing is reckoned
        try:
            colour_tokens_of(value)
        except ColourRefused as refused:
            raise ValidationError(str(refused)) from refused
        return value


class Drawn(validate.Validator):
    """The validator of arms that can be made anew."""

    def __call__(self, value: str) -> str:
        try:
            arms_made_anew(value)
        except ArmsRefused as refused:
            raise ValidationError(str(refused)) from refused
        return value


class IdentitySchema(BlockSchema):
    colour = Text(Readable())
    arms = Text(Drawn(), required=False)

    @staticmethod
    def makes(colour: str, arms: str = "") -> Identity:
        light, dark = colour_tokens_of(colour) if colour else ({}, {})
        kind, drawn = arms_made_anew(arms) if arms else ("", "")
        return Identity(colour, light, dark, kind, drawn)
