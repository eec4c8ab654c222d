"""Adults that the law asks for, and adults that are there. Pure."""
