"""Open pages that hear at once what changed: stated here once, for the portal and the desks."""
