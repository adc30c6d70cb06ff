"""Results shown: columns, tables, units. The only place where numbers are rounded, and the only one that computes none."""
