"""The roll call: marks, tablets, closing, and what leaves of it."""
