"""Base class of errors shown to the user of a command as a sentence, without a traceback."""


class UserError(Exception):
    """Ends a command; the message is a sentence and contains no secret."""
