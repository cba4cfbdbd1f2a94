"""Text in cells of CSV files that people open in spreadsheet programs."""

#: Spreadsheet programs treat a cell that begins with one of these as a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_cell(text: str) -> str:
    """The text as a cell that no spreadsheet program treats as a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text
