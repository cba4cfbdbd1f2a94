"""Migrations of the tables between versions of the program."""
