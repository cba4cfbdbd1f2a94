"""The socket through which the command line and the sandbox page reach the running bot."""
