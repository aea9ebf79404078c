"""What is remembered about people and work: tokens, sessions, tickets, imports, in SQLite.

Knows SQL and nothing of HTTP. Every method is quick and blocking; commits are on disk when it
returns.
"""
