"""The demo data, loaded by the product's own code, against DuckDB over the same Parquet files."""
