"""The provider's own tariffs and residence classes: dated, told to billing, which prices."""
