"""Changes of the live knowledge: only `publisher` makes them; `drafts` wait for their author.

`files/` reads and writes the folder on disk, `yaml/` edits single values in it, `spreadsheet/` exports and imports,
`lint/` warns. `effects` shows what a draft changes for citizens.
"""
