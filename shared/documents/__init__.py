"""Documents: what lays them out, and the page that all of them share."""

from shared.documents.compiler import NotLaidOut, laid_out, one_at_a_time

__all__ = ["NotLaidOut", "laid_out", "one_at_a_time"]
