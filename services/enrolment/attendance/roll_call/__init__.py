"""The roll call of a session: who is expected, printed lists, closing."""
