"""The log of reads, its hash chain, and whom a breach affects."""
