"""The look and the manners that the portal and every desk share: theme, forms, errors, headers."""
