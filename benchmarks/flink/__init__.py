"""The other rival: the same job in Flink SQL, on a JobManager and a TaskManager of its own."""
