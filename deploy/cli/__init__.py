"""The `preau` command, a module for each group of its commands."""
