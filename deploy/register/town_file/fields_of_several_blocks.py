"""Pieces that several parts of a town file share: formats, legal bases, the first administrator."""

from deploy.register.town_file.blocks import BlockSchema
from deploy.register.town_file.field_types import Text, format_validator
from shared.register import Administrator

CODE = format_validator(r"[a-z0-9_]{2,20}", "2 to 20 characters among a-z, 0-9 and _")
LABEL = format_validator(r"\S.{0,59}", "text of at most 60 characters")
LETTER = format_validator(r"[A-Z]", "one capital letter")
RETENTION = format_validator(
    r"[0-9]{1,3} (day|month|year)s?", "a length such as 1 year, 36 months, 30 days"
)
LOGIN = format_validator(
    r"[a-z0-9][a-z0-9._@-]{2,63}", "3 to 64 characters among a-z, 0-9 and . _ - @"
)
PHONE = format_validator(
    r"0[0-9]([ \u00a0]?[0-9]{2}){4}", "a telephone number of 10 digits, in quotes"
)


def legal_basis_with_ground(legal_basis: str, article_9: str) -> str:
    """Return a legal basis with its ground of article 9, if it has one."""
    return "\u00a0; ".join(part for part in (legal_basis, article_9) if part)


class AdministratorSchema(BlockSchema):
    """The first administrator of an office: one person, who then names the others."""

    makes = Administrator
    login = Text(LOGIN)
    name = Text(LABEL)
