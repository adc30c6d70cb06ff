"""From text to a network: YAML, expressions, notation, and the graph written out."""
