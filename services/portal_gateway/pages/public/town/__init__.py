"""The town's own pages, for anybody: what one can do here, and what the law asks to be said."""
