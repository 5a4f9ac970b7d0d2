"""The people of the regie, in rooms of their own: profiles, learning, skills, staffing."""
