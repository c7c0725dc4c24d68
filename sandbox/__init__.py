"""The outside world in a box: simulators and inboxes as real processes, for demo and tests only."""
