"""Roaring files against the format's own words and against other implementations."""
