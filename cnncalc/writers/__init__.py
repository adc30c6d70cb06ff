"""Results as bytes, for people and for programs. The only place that escapes what comes from outside."""
