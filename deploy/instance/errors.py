"""The base of whatever a command cannot do and its user can read: no traceback is shown for it."""


class UserError(Exception):
    """What stops a command; the message says it in a sentence, without a secret."""
