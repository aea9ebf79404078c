"""Changes of a SQLite file: triggers note the keys in a thin table, which is followed."""
