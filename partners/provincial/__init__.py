"""The provincial portal: every change of status and every hand-over is pushed to it."""

from partners.provincial.client import Connection
from partners.provincial.ledger import PutAside, list_put_aside, retry_put_aside
from partners.provincial.pushing import Pusher

__all__ = ["Connection", "Pusher", "PutAside", "list_put_aside", "retry_put_aside"]
