"""What the product promises, in tables a product person can read, and held against oracles."""
