"""Reading of spreadsheets: CSV, Excel workbooks, and text pasted from a spreadsheet."""
