"""Fields that may be left empty, as a block's form in Prefect's UI shows them: one line each.

Of a field that may be null, as pydantic describes it, the UI makes two tabs: str, and None.
"""

from typing import Annotated, TypeAlias

from pydantic import SecretStr, WithJsonSchema

Text: TypeAlias = Annotated[str | None, WithJsonSchema({"type": "string"})]
Secret: TypeAlias = Annotated[
    SecretStr | None,
    WithJsonSchema({"type": "string", "format": "password", "writeOnly": True}),
]
