"""Hours counted again from the raw archive, by Spark and by DuckDB."""
