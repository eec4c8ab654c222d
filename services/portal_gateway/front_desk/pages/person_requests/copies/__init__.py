"""The copy of a person’s data: gathered from every service, laid out, given, and not kept."""
