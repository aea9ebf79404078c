"""Exports of Cloudflare D1 and SQLite: SQL text, from which only rows are taken.

Nothing of an export runs but its tables' shapes and literal rows, in a SQLite file that is thrown
away. Knows nothing of datasets.
"""
