"""Sections on adults around a child: whom to call, who fetches it, to whom it is not handed."""
