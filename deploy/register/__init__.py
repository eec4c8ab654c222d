"""The register compiled from the town file, its report, and the widenings that a DPO approves."""
