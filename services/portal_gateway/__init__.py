"""The families' portal: sessions, pages and forms; everything else is asked of its owner."""
