"""Changes of the kitchen: menus, orders and their answers, waste."""
