"""What people of different minds think of statements: their groups, what they share, where they differ."""
