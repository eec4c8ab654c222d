"""
The family name by which a payer is listed, from the name on its bills.

Pure. Bills have a name in one piece: what is taken for the family name orders a list, and is never
shown.
"""

import re

from shared.text.personal_names import first_and_last_name

_SEVERAL = re.compile(r"\s+et\s+|\s*,\s*|\s*&\s*", re.I)


def family_name(payer: str) -> str:
    """Return the family name of the first person: « Le Goff » of « Anne Le Goff et Paul Roy »."""
    return first_and_last_name(_SEVERAL.split(payer.strip(), maxsplit=1)[0])[1]
