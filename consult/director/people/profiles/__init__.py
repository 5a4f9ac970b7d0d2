"""What directing asks of people: the competence frame with its levels, and role profiles by version."""
