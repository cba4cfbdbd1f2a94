"""The knowledge as a spreadsheet with sheets for projects, facts and ways of asking; see `workbook`."""
