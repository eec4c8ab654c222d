"""The application under every page: theme, headers, limits, errors."""
