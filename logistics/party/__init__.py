"""A party: a desk, agent, kiosk, operator or agency, and the credentials it acts with."""
