"""The web page people work in: TypeScript sources, and the builder that turns them into files.

Knows the HTTP API and nothing of the packages behind it.
"""
