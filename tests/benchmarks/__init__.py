"""The benchmarks run small: that they run, that every engine agrees, that the data is as told."""
