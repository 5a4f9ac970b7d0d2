"""Inputs that say the same: which of them the platform would join, and what a group says together."""
