"""The learning catalogue and the groups that follow something: what there is to learn, where, and at what cost."""
