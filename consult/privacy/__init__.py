"""Own-data export, erasure and retention: a literal list of calls into every room; it alone may delete."""
