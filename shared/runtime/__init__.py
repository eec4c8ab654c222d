"""What every process has: logs, traces, ids, metrics, the write guard."""
