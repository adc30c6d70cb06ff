"""Guarding a repository: which specs are held to what, against which earlier state."""
