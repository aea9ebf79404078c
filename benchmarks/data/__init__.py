"""The seeded customers and purchases every benchmark works on. Knows no engine and no question."""
