"""How many adults the law asks for, and how many there are. Pure."""
