"""Three ways to staff the regie, compared in numbers without a name, and what was decided about them."""
