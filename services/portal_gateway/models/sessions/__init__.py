"""Tables of sessions: of a browser, and at the front desk beside a family."""
