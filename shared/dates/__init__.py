"""The clock, public and school holidays, periods and lengths."""
