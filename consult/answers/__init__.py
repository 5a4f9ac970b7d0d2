"""Answers: signed by a second person, published many at once, written with text blocks, and due by a term."""
