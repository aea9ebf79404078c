"""What is remembered about people and work, in SQLite: who may, what was asked of us, segments.

Knows SQL and nothing of HTTP. Every method is quick and blocking; commits are on disk when it
returns.
"""
