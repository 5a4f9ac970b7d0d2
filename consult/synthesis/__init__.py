"""Coding, outcome per input, drafts with their sources, publication."""
