"""How the live knowledge changes: `publisher` is the one place, `drafts` wait for their author.

`files/` reads and writes the folder on the disk, `yaml/` edits single values in it, `spreadsheet/` exports and imports,
`lint/` warns. `effects` tells what a draft changes for citizens.
"""
