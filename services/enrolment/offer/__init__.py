"""The offer: calendar, deadlines, activities, groups and sessions."""
