"""The data protection office: register of treatments, who receives what, reads, erasures."""
