"""What a guardian takes away: the children's course, the household's bills and payments."""
