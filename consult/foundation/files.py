"""Files that people sent: what is taken, how it is kept, and how it is given back."""
