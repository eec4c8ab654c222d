"""Connections, consumers and publishers on the broker; nothing of Préau's own."""
