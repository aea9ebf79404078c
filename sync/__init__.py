"""Keeps a platform's audience equal to a segment. Nothing lives here yet but the floor itself."""
