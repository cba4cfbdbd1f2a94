"""Everyone's functions: ask, choose, share, and pass a question on."""
