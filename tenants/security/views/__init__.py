"""Pages of sign-in, second factor, sessions."""
