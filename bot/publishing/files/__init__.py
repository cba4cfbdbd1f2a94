"""The knowledge on disk: read in a restricted child process, watched, and replaced as a whole."""
