"""Tables of the school year: schools, enrolments in them, renewal of places."""
