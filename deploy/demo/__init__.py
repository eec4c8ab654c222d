"""Towns of demonstration: their invented people, offer and prices, and how they are loaded."""
