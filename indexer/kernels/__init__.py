"""Loops over 64-bit words, compiled by numba with the GIL released. Pure arithmetic on arrays.

Word ``w`` of a shard holds the records of offsets ``64 * w`` to ``64 * w + 63``, lowest bit first.
"""
