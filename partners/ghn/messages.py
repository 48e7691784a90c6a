"""GHN's words."""

from pydantic import BaseModel

from partners.carrier import Text


class Order(BaseModel):
    """A push, as far as we read it; all may be missing."""

    OrderCode: Text = ""
    Status: Text = ""
    Description: Text = ""
    Time: Text = ""
    """ISO 8601 in UTC."""
    Type: Text = ""
    """`create`, `switch_status`, `update_weight`, `update_cod` or `update_fee`."""
    Warehouse: Text = ""
