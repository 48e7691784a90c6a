"""The milestones of a consignment, in our words; every carrier's codes are mapped onto these."""

from enum import StrEnum


class Milestone(StrEnum):
    """Where a consignment stands (DOMAIN §4). `unrecognised` is kept and shown, never guessed."""

    BOOKED = "booked"
    PICKUP_ASSIGNED = "pickup_assigned"
    PICKUP_FAILED = "pickup_failed"
    ACCEPTED = "accepted"
    IN_TRANSIT = "in_transit"
    AT_DELIVERY_OFFICE = "at_delivery_office"
    OUT_FOR_DELIVERY = "out_for_delivery"
    DELIVERY_FAILED = "delivery_failed"
    DELIVERED = "delivered"
    RETURNING = "returning"
    RETURNED = "returned"
    CANCELLED = "cancelled"
    LOST_OR_DESTROYED = "lost_or_destroyed"
    UNRECOGNISED = "unrecognised"


class TimeFlag(StrEnum):
    """Why the carrier's own time could not be used; the receipt's time orders the report then."""

    UNREADABLE = "unreadable"
    FUTURE = "future"


POSSESSION = frozenset(
    {
        Milestone.ACCEPTED,
        Milestone.IN_TRANSIT,
        Milestone.AT_DELIVERY_OFFICE,
        Milestone.OUT_FOR_DELIVERY,
        Milestone.DELIVERY_FAILED,
        Milestone.DELIVERED,
        Milestone.RETURNING,
        Milestone.RETURNED,
        Milestone.LOST_OR_DESTROYED,
    }
)
"""Milestones that can only be true of a consignment the operator has, or had."""

FINAL = frozenset(
    {
        Milestone.DELIVERED,
        Milestone.RETURNED,
        Milestone.CANCELLED,
        Milestone.LOST_OR_DESTROYED,
    }
)
"""Milestones after which nothing is expected of the operator any more."""
