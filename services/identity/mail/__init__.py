"""Letters by e-mail: posted in the transaction of what decides them, carried out by a round."""

from services.identity.mail.commands import post

__all__ = ["post"]
