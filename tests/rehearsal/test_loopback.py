import pytest

from shotgraph.rehearsal.options import is_loopback


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:80/a",
        "https://localhost/a",
        "http://[::1]:9/",
        "http://127.9.9.9/",
        "http://LOCALHOST/",
    ],
)
def test_this_machine(url: str) -> None:
    assert is_loopback(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://0.0.0.0/",
        "http://10.0.0.1/",
        "http://169.254.169.254/",
        "http://127.0.0.1.example.org/",
        "http://127.0.0.1@example.org/",
        "http://localhost.example.org/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://[fe80::1]/",
        "http://[::1",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "127.0.0.1",
        "",
    ],
)
def test_elsewhere_or_nowhere(url: str) -> None:
    assert not is_loopback(url)
