"""Measures: what the house promises in numbers, on a broker and databases of its own."""
