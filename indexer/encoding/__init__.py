"""One module per family of field: values to columns and bitmaps, lookups to bitmaps. Pure."""
