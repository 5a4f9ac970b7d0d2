"""What residents put forward, the arguments under it, and intake on behalf of others."""
