"""A guardian's overview of the own children, and what their files lack."""
