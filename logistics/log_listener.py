"""Wakes whoever waits for the log to grow: one listening connection a process, however many wait."""

import threading

import psycopg

RECONNECT_SECONDS = 0.5
POLL_SECONDS = (
    0.5  # Looks anyway this often: to be closed, and where a pooler swallows notifications.
)


class LogListener:
    """Knows how long the log is, by LISTEN; its thread starts when somebody first waits."""

    def __init__(self, url: str, channel: str, last_position_sql: str) -> None:
        self._url = url
        self._listen_sql = f'LISTEN "{channel}"'
        self._last_position_sql = last_position_sql
        self._grown = threading.Condition()
        self._last_position = 0
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None

    def saw(self, position: int) -> None:
        """Be told of a position that is in the log."""
        with self._grown:
            if position > self._last_position:
                self._last_position = position
                self._grown.notify_all()

    def wait(self, after: int, timeout_seconds: float) -> bool:
        """Wait until the log is longer than `after`; False when the time is up first."""
        with self._grown:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="log-listener", daemon=True)
                self._thread.start()
            return self._grown.wait_for(lambda: self._last_position > after, timeout_seconds)

    def close(self) -> None:
        """Stop listening; takes as long as one poll."""
        self._closed.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._closed.is_set():
            try:
                self._listen()
            except psycopg.Error:
                self._closed.wait(RECONNECT_SECONDS)

    def _listen(self) -> None:
        with psycopg.connect(self._url, autocommit=True) as connection:
            connection.execute(self._listen_sql)
            while not self._closed.is_set():
                # One look for all notifications that have come in since the last one.
                for row in connection.execute(self._last_position_sql):
                    self.saw(row[0])
                for _ in connection.notifies(timeout=POLL_SECONDS, stop_after=1):
                    pass
