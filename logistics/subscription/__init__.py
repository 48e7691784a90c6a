"""Outbound notices: what is known of a subscription's endpoint as a whole."""
