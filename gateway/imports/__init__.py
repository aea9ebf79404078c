"""Files into datasets, as jobs: accepted at once, done one after another, watched meanwhile."""
