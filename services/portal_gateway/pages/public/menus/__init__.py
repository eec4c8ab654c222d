"""Menus of the town's canteens, for anybody."""
