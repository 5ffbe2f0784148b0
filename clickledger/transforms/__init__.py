"""The contract in Spark. A transform takes and returns a DataFrame and does nothing else."""
