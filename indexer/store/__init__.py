"""Datasets on disk: LMDB generations with a manifest."""
