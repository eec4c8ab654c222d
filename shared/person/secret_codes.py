"""Secret codes on paper or by voice: generation, normalisation and digests. Pure."""

import secrets
from hashlib import sha256

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # no i, l, o, u: nobody confuses what is left
_LOOKALIKES = str.maketrans({"o": "0", "i": "1", "l": "1", "-": "", " ": ""})
_IN_GROUP = 5


def new_code(groups: int = 5) -> str:
    """Return 25 random bits a group, in groups that can be typed from a letter."""
    parts = ("".join(secrets.choice(_ALPHABET) for _ in range(_IN_GROUP)) for _ in range(groups))
    return "-".join(parts)


def normalise_code(code: str) -> str:
    """Return a code without what does not count in it: case, dashes, look-alikes."""
    return code.strip().casefold().translate(_LOOKALIKES)


def group_code(code: str) -> str:
    """Return a plain code in its groups, as it is read out."""
    return "-".join(code[at : at + _IN_GROUP] for at in range(0, len(code), _IN_GROUP))


def digest_of_code(code: str) -> str:
    """Return what is stored of a code, however it was typed."""
    return sha256(normalise_code(code).encode()).hexdigest()
