"""Where each carrier shows its secret, found in the raw request before anything is parsed."""

import orjson
import pytest

from logistics.carriers import Presented
from logistics.evidence import Authentication
from partners.vnpost import vnpost
from tests.support.carriers import (
    GHTK,
    NUMBER,
    OCCURRED_AT,
    VIETTELPOST,
    VNPOST,
    Case,
    every_carrier,
)

GARBAGE = (b"", b"\xff\xfe\x00", b"{", b"[]", b"null", b'{"TOKEN": ', b'{"TOKEN": ["s3cret"]}')
BODY_TOKEN = Authentication.BODY_TOKEN


def kinds(presented: tuple[Presented, ...]) -> list[tuple[Authentication, bytes]]:
    return [(each.kind, each.secret) for each in presented]


@every_carrier
def test_a_secret_in_the_url_is_found_whatever_the_body_is(case: Case) -> None:
    for body in GARBAGE:
        found = case.carrier.presented("s3cret", "", {}, body)
        assert kinds(found) == [(Authentication.URL_SECRET, b"s3cret")]


@every_carrier
def test_where_no_secret_is_none_is_found(case: Case) -> None:
    for body in GARBAGE:
        assert case.carrier.presented(None, "", {}, body) == ()
        assert case.carrier.presented("", "", {}, body) == ()


@every_carrier
def test_the_secret_is_found_where_the_carrier_usually_shows_it(case: Case) -> None:
    headers, query, body = case.compose(NUMBER, case.a_code, OCCURRED_AT, secret="s3cret")
    lowered = {name.lower(): value for name, value in headers.items()}
    in_url = "s3cret" if case.usual is Authentication.URL_SECRET else None
    found = case.carrier.presented(in_url, query, lowered, body)
    assert kinds(found) == [(case.usual, b"s3cret")]
    assert case.carrier.usual_credential is case.usual


@every_carrier
def test_a_secret_in_another_carriers_place_is_none(case: Case) -> None:
    query = "" if case.carrier is GHTK.carrier else "hash=s3cret"
    headers = {} if case is VIETTELPOST else {"authorization": "Bearer s3cret"}
    body = b"{}" if case is VIETTELPOST else b'{"TOKEN": "s3cret"}'
    assert case.carrier.presented(None, query, headers, body) == ()
    assert case.carrier.presented(None, "token=s3cret&secret=s3cret", {}, b"{}") == ()


@every_carrier
def test_a_secret_that_is_no_text_is_none(case: Case) -> None:
    headers = {"authorization": "\udcff"}
    assert case.carrier.presented("\udcff", "hash=", headers, b"\xff") == ()


@every_carrier
def test_the_path_to_give_to_a_carrier_holds_the_secret_only_where_it_must(case: Case) -> None:
    path = f"/hooks/{case.carrier.name}"
    expected = {
        Authentication.URL_SECRET: f"{path}/s%2F3",
        Authentication.QUERY_SECRET: f"{path}?hash=s%2F3",
        Authentication.BODY_TOKEN: path,
    }
    assert case.carrier.hook("s/3") == expected[case.usual]


# --- Viettel Post ---


@pytest.mark.parametrize("written", ["s3cret", "Bearer s3cret", "token s3cret", "  s3cret "])
def test_viettel_post_may_show_its_secret_in_a_header(written: str) -> None:
    found = VIETTELPOST.carrier.presented(None, "", {"authorization": written}, b"{}")
    assert kinds(found) == [(Authentication.HEADER_TOKEN, b"s3cret")]


def test_viettel_posts_secrets_are_all_found() -> None:
    found = VIETTELPOST.carrier.presented("a", "", {"authorization": "b"}, b'{"TOKEN":"c"}')
    assert [each.secret for each in found] == [b"a", b"b", b"c"]


def test_viettel_posts_token_is_found_in_a_body_that_cannot_be_read() -> None:
    found = VIETTELPOST.carrier.presented(None, "", {}, b'\xef\xbb\xbf{"DATA": 5, "TOKEN": "c"}')
    assert kinds(found) == [(BODY_TOKEN, b"c")]


def test_of_two_tokens_the_one_that_the_json_says_counts() -> None:
    found = VIETTELPOST.carrier.presented(None, "", {}, b'{"TOKEN":"a","TOKEN":"b"}')
    assert kinds(found) == [(BODY_TOKEN, b"b")]


@pytest.mark.parametrize("token", [None, "", 5, True, ["s3cret"], {"a": "s3cret"}])
def test_a_token_that_is_no_text_is_none(token: object) -> None:
    assert VIETTELPOST.carrier.presented(None, "", {}, orjson.dumps({"TOKEN": token})) == ()


# --- GHTK ---


def test_ghtks_secret_is_read_as_a_parameter_is_written() -> None:
    found = GHTK.carrier.presented(None, "a=1&hash=s%2F3+x", {}, b"")
    assert kinds(found) == [(Authentication.QUERY_SECRET, b"s/3 x")]


@pytest.mark.parametrize(
    "query", ["hash=a&hash=b", "hash", "xhash=a", "hash=", "&".join(["hash=a"] * 99)]
)
def test_a_parameter_that_is_missing_empty_or_named_twice_is_no_credential(query: str) -> None:
    assert GHTK.carrier.presented(None, query, {}, b"") == ()


def test_ghtks_secret_is_not_kept_with_the_push() -> None:
    assert GHTK.carrier.secret_parameters == ("hash",)


# --- VNPost ---


class Reversed:
    """A stand-in for the scheme that nobody knows: the signature is the text, backwards."""

    def holds(self, data: str, send_date: str, signature: str) -> bool:
        return signature == (data + send_date)[::-1]


class Broken:
    def holds(self, data: str, send_date: str, signature: str) -> bool:
        raise RuntimeError(data, send_date, signature)


class Credulous:
    def holds(self, data: str, send_date: str, signature: str) -> bool:
        return isinstance(data + send_date + signature, str)


def envelope(signature: object) -> bytes:
    return orjson.dumps({"Data": " {} ", "SendDate": "", "SignData": signature})


def test_without_a_scheme_a_signature_counts_for_nothing() -> None:
    found = VNPOST.carrier.presented("s3cret", "", {}, envelope("anything"))
    assert kinds(found) == [(Authentication.URL_SECRET, b"s3cret")]


def test_with_a_scheme_a_signature_that_holds_makes_the_secret_a_stronger_one() -> None:
    found = vnpost(Reversed()).presented("s3cret", "", {}, envelope(" }{ "))
    assert kinds(found) == [(Authentication.SIGNATURE, b"s3cret")]


@pytest.mark.parametrize("signature", ["", "wrong", None, 5, "{}"])
def test_with_a_scheme_a_signature_that_does_not_hold_fails_closed(signature: object) -> None:
    assert vnpost(Reversed()).presented("s3cret", "", {}, envelope(signature)) == ()


def test_with_a_scheme_a_push_without_a_signature_fails_closed() -> None:
    for body in (*GARBAGE, VNPOST.body(VNPOST.item())):
        assert vnpost(Reversed()).presented("s3cret", "", {}, body) == ()


def test_no_signature_never_holds_whatever_the_scheme() -> None:
    assert vnpost(Credulous()).presented("s3cret", "", {}, envelope("")) == ()
    assert vnpost(Credulous()).presented("s3cret", "", {}, envelope("x")) != ()


def test_a_scheme_that_breaks_lets_nobody_in() -> None:
    assert vnpost(Broken()).presented("s3cret", "", {}, envelope("x")) == ()


def test_a_signature_alone_does_not_say_whose_push_it_is() -> None:
    assert vnpost(Reversed()).presented(None, "", {}, envelope(" }{ ")) == ()
