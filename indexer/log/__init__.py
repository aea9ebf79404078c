"""The change log: what was acknowledged, in order, on disk before it is anywhere else."""
