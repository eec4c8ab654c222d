"""Rules of the kitchen: menus as files and lines, states of an order, allergens met. Pure."""
