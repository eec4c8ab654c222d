"""The provider's desk: on its own replica and its own database, with or without the bus."""
