"""Importers of agendas of the council and its committees: Open Raadsinformatie, iBabs and Notubiz."""
