"""Process-wide facilities: logs, traces, ids, metrics, the write guard."""
