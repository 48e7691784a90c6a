"""EMS' words, in its two formats; both are in use."""

from pydantic import BaseModel, Field

from partners.carrier import Item, Text

TRANSACTION = "ems-transaction"
"""The header that numbers a push; EMS wants it back."""


class Tracking(BaseModel):
    """The present format, as far as we read it; all may be missing."""

    tracking_code: Text = ""
    status_code: Text = ""
    status_name: Text = ""
    locate: Text = ""
    datetime: Text = ""
    """`dd/MM/yyyy HH:mm:ss`, with no zone."""


class OldTracking(Tracking):
    """The older format: the same under other names, and `yyyy-MM-dd HH:mm:ss`."""

    tracking_code: Text = Field(default="", validation_alias="TrackingCode")
    status_code: Text = Field(default="", validation_alias="StatusCode")
    status_name: Text = Field(default="", validation_alias="StatusName")
    locate: Text = Field(default="", validation_alias="Location")
    datetime: Text = Field(default="", validation_alias="CreatedAt")


def tracking_in(item: Item) -> Tracking:
    """An item of either format."""
    if "TrackingCode" in item or "StatusCode" in item:
        return OldTracking.model_validate(item)
    return Tracking.model_validate(item)
