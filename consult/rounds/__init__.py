"""A round, its phases, themes, areas, and who is appointed to it."""
