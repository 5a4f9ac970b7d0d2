"""Things that know no word of the domain."""
