"""Pages of threads and bulletins."""
