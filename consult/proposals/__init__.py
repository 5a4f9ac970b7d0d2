"""What residents put forward, and the arguments under it."""
