"""Kitchen at the desk: the week, the order of a day, menus, and what a caterer receives."""
