"""Proving who you are: sign-in and sessions."""
