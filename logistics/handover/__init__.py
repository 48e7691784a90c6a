"""A handover: papers offered by one party and accepted, item by item, by another."""
