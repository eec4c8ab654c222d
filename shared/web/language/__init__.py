"""Language: catalogues, French typography, filters."""
