"""The condition language: shapes, problems, literals, time, plans and English."""
