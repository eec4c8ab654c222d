"""Words under which somebody is found: the index in a table, and the list that a process keeps."""
