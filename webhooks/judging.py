"""What an attempt to deliver a notice comes to: for the notice, and for its endpoint."""

from datetime import datetime
from random import Random
from typing import Final

from webhooks.outbox import Bookkeeping
from webhooks.retrying import LAST_ATTEMPT, pause_after
from webhooks.sending import Result
from webhooks.subscriptions import SubscriptionState

_GONE: Final = 410


def judge(result: Result, book: Bookkeeping, now: datetime, dice: Random) -> None:
    """Note what became of an attempt, in memory and in the book that is written next."""
    endpoint = result.endpoint
    before = (endpoint.failures, endpoint.quiet_until)
    endpoint.in_flight -= 1
    if result.delivered:
        _judge_delivered(result, book, now)
    else:
        _judge_failed(result, book, now, dice)
    if before != (endpoint.failures, endpoint.quiet_until):
        book.touched[endpoint.id] = endpoint


def _judge_delivered(result: Result, book: Bookkeeping, now: datetime) -> None:
    endpoint = result.endpoint
    if endpoint.succeeded(probe=result.probe):
        # It is back: whatever waits for a later rung need not.
        endpoint.lanes.hurry(now)
        book.hurried.append(endpoint.id)
    if endpoint.ran_out == result.notice.position:
        endpoint.ran_out = None
    _done(result, book, "delivered")


def _judge_failed(result: Result, book: Bookkeeping, now: datetime, dice: Random) -> None:
    endpoint = result.endpoint
    asked = None if result.asked_pause is None else now + result.asked_pause
    endpoint.failed(result.what_went_wrong, now, asked, dice, probe=result.probe)
    if result.status == _GONE and endpoint.drops:
        endpoint.state = SubscriptionState.DISABLED
        book.disabled.append((endpoint.id, endpoint.generation))
    number = result.number
    runs_out = number >= LAST_ATTEMPT
    if runs_out and endpoint.drops:
        _done(result, book, "given-up")
        return
    if runs_out:
        endpoint.ran_out = result.notice.position
    next_at = max(now + pause_after(number, dice), asked or now)
    book.later.append((*_row(result), number, next_at))
    book.attempts.append((*_attempt(result, "failed"), next_at))
    endpoint.lanes.retry(result.notice.position, next_at)


def _done(result: Result, book: Bookkeeping, outcome: str) -> None:
    book.done.append(_row(result))
    book.attempts.append((*_attempt(result, outcome), None))
    result.endpoint.lanes.done(result.notice.position)


def _row(result: Result) -> tuple[str, int, int]:
    return (result.endpoint.id, result.endpoint.generation, result.notice.position)


def _attempt(result: Result, outcome: str) -> tuple[object, ...]:
    return (
        result.endpoint.id,
        result.notice.position,
        result.number,
        result.sent_at,
        result.duration_ms,
        outcome,
        result.status,
        result.failure,
    )
