"""The index against plain Python: a dict of records, a Counter, a set of numbers."""
