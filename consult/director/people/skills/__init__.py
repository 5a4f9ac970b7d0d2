"""What one person can and wants to learn: for that person and their coach alone; and who chose to be found."""
