"""The language of formulas: read, typed, computed."""
