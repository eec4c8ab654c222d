"""The planning: a group's week and a child's month, in which agents act."""
