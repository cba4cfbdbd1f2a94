"""The knowledge on the disk: read in a limited child process, watched, and replaced as a whole."""
