"""What is remembered about people and work, in SQLite: tokens, sessions, tickets, imports, sources.

Knows SQL and nothing of HTTP. Every method is quick and blocking; commits are on disk when it
returns.
"""
