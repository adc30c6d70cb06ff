"""Results shown: columns, tables, units. Numbers are rounded here and nowhere else; none is computed."""
