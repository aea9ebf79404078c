"""An index that is killed at any moment: what was acknowledged is there, once and whole."""
