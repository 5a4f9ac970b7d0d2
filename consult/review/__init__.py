"""Formal review of a draft: its term, formal views with receipts and points, and the response note. No votes, ever."""
