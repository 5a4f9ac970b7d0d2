"""Shared goals: what partners want to reach together, by when, and what was measured."""
