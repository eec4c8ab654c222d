"""Section « Identité de l’enfant », which a desk changes."""

from shared.contracts.sections.fields import SectionContent, day, text
from shared.contracts.sections.section import N_, Section


class Identity(SectionContent):
    """First name, last name, date of birth."""

    first_name = text(80)
    last_name = text(80)
    birth_date = day(required=True)


IDENTITY = Section(
    code="identity", content=Identity(), label=N_("Identité de l’enfant"), icon="account"
)
