"""Coding: what an input or a passage of it is about, in which version of the frame, and how well coders agree."""
