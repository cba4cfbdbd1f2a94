"""What everyone may do: ask, choose, share, and pass a question on."""
