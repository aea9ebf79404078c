"""Polars with the threads every peer gets. Take ``pl`` from here, never from Polars itself."""

import os

from benchmarks.peers.api import THREADS

# Polars reads it once, when it is imported.
os.environ["POLARS_MAX_THREADS"] = str(THREADS)

import polars as pl

__all__ = ["pl"]
