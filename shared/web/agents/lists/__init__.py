"""Lists of desks: declared once by columns; filtered, sorted, searched, and handed out as files."""
