"""What is installed of others' work: the locks, a bill of materials of them, and their audit."""
