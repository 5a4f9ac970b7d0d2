"""The journal: who did what to what, and when. Rows are added, never changed."""
