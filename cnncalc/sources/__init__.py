"""Where texts come from: files, patterns of paths, and revisions of git. Nothing is parsed here."""
