"""`sweep schema`: the JSON Schema of space files, for editors."""

from __future__ import annotations

from adsw.cli.run import emit_json


def schema() -> None:
    """Print a JSON Schema of space files on standard output, for editors.

    Save it, and name it in the first line of a space file:

      sweep schema > space.schema.json

      # yaml-language-server: $schema=space.schema.json

    An editor with a YAML language server then completes keys and names, and marks what cannot be.

    `sweep plan` checks more.
    """
    from sweep.space.json_schema import schema as space_schema

    emit_json(space_schema())
