"""Pages and findings as bytes: a file for each format. What they hold is escaped here, and nowhere else."""
