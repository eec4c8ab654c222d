"""Kitchen: menus, the orders of its meals, allergens of tomorrow, what is thrown away."""
