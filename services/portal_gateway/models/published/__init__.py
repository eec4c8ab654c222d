"""Tables of publications without personal data: menus, prices, schools."""
