"""Who satisfies this condition, now and as things change?

Reads the condition language, checks it, compiles it to plans and asks an index. Knows nothing
of HTTP, users or platforms.
"""
