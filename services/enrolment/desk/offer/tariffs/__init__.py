"""Pages of tariffs and residence classes."""
