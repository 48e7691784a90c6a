"""The outside world: one folder per carrier, agent system and province; no partner knows another."""
