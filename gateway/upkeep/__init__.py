"""Keeping a data folder well: backups, restoring them, and a doctor. Knows files, no records."""
