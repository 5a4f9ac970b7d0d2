"""Performance agreements: their terms in exact versions, who signed them, and what they realise."""
