"""What a node does without being asked: deliveries, keys, pruning, and forgetting what has changed elsewhere."""
