"""The provincial portal: every change of status and every hand-over is pushed to it."""

from partners.provincial.client import Connection
from partners.provincial.pushing import Pusher, retry_put_aside

__all__ = ["Connection", "Pusher", "retry_put_aside"]
