"""The one page of metrics of an instance: what its processes counted, and what waits where."""
