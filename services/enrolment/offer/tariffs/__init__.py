"""The provider's tariffs and residence classes: dated, published to billing, which prices."""
