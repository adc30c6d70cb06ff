"""What can be said about a network: functions from a network to plain results."""
