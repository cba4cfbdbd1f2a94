"""Text in cells of CSV files that people open in a spreadsheet program."""

#: Spreadsheet programs take a cell that begins like this for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_cell(text: str) -> str:
    """The text as a cell that no spreadsheet program runs as a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text
