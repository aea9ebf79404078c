"""Prints the OpenAPI file that the web UI's types are made from.

python -m gateway.openapi > gateway/ui/openapi.json
"""

import json
import sys

from gateway.app import documented_app


def text() -> str:
    """The file: sorted, so that it changes only when the API does."""
    return json.dumps(documented_app().openapi(), indent=2, sort_keys=True) + "\n"


if __name__ == "__main__":
    sys.stdout.write(text())
