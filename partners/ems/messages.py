"""EMS' words, in its two formats; both are in use."""

from pydantic import BaseModel

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


class OldTracking(BaseModel):
    """The older format: other names, and `yyyy-MM-dd HH:mm:ss`."""

    TrackingCode: Text = ""
    StatusCode: Text = ""
    StatusName: Text = ""
    Location: Text = ""
    CreatedAt: Text = ""

    def renewed(self) -> Tracking:
        """The same in the present format's words."""
        return Tracking.model_construct(
            tracking_code=self.TrackingCode,
            status_code=self.StatusCode,
            status_name=self.StatusName,
            locate=self.Location,
            datetime=self.CreatedAt,
        )


def tracking_in(item: Item) -> Tracking:
    """An item of either format."""
    if "TrackingCode" in item or "StatusCode" in item:
        return OldTracking.model_validate(item).renewed()
    return Tracking.model_validate(item)
