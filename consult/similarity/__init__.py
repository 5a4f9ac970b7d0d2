"""Which texts are alike: an index in SQL."""
