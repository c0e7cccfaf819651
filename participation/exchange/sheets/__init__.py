"""Sheets as people have them: CSV, Excel workbooks, and what is pasted from one."""
