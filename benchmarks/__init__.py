"""What the service can bear, as ratios against baselines measured in the same run."""
