"""How well a network does: what it names what, how sure it is, and which movies it gets wrong."""
