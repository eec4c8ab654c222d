"""The school year: schools and classes, enrolment in a school, renewal of places."""
