"""The block `FilmCertificate`: its key is shown to nobody."""

import pickle  # noqa: TID251

import pytest
from pydantic import ValidationError

from shotgraph.blocks import FilmCertificate
from tests.report.certificates import issued


def test_it_gives_what_signs_and_shows_no_key() -> None:
    given = issued()
    block = FilmCertificate(chain=given.certificate.chain, private_key=given.key)
    certificate = block.get_certificate()
    assert (certificate.chain, certificate.algorithm) == (given.certificate.chain, "es256")
    assert certificate.key.get_secret_value() == given.key
    secret = given.key.splitlines()[1]
    for text in (repr(block), str(block), block.model_dump_json(), repr(certificate)):
        assert secret not in text
    with pytest.raises(TypeError, match="never pickled"):
        pickle.dumps(block)


def test_a_wrong_value_is_not_quoted() -> None:
    given = issued()
    with pytest.raises(ValidationError) as caught:
        FilmCertificate(chain=given.key, private_key=given.certificate.chain)
    said = str(caught.value)
    assert said.count("it is no PEM; copy the whole file") == 2
    assert given.key.splitlines()[1] not in said
