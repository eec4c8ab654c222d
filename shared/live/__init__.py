"""Live updates of open pages, by server-sent events; used by the portal and the desks."""
