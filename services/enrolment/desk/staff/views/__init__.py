"""Views of the staff."""
