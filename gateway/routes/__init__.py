"""One router per resource: parse, call one thing, shape the answer. Knows no SQL and no rules."""
