"""What others tell: quantities, places, tariffs, households; and which months that makes due."""
