"""Rights of persons on their data (GDPR): their requests, and retention with erasure."""
