"""Pages of the portal, a folder for each subject."""
