"""Tables of families: accesses of carers, joined files, imports."""
