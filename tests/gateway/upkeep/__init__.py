"""Backups, restoring and the doctor, as people use them."""
