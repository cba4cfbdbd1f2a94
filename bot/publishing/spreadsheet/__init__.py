"""The knowledge as a spreadsheet: a sheet each of projects, facts and ways of asking; see `workbook`."""
