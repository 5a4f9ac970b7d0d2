"""Residents, organisations with their members, staff."""
