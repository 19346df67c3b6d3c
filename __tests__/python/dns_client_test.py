from __future__ import annotations

from dns_client import printable
from hypothesis import given
from hypothesis import strategies as st


@given(st.text())
def test_text_of_the_dns_reaches_a_terminal_without_control_characters(text: str) -> None:
    assert printable(text).isprintable()
    assert len(printable(text)) == len(text)
