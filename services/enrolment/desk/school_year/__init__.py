"""The school year at the desk: schools and classes, enrolments, renewal."""
