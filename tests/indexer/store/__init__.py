"""Datasets on disk: written, read, damaged, and written again."""
