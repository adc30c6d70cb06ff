"""From text to a network: YAML, expressions, notation, the expanded graph, and errors that show the place."""
