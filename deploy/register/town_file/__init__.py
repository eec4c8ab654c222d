"""The town file, read and checked with the line of each problem."""
