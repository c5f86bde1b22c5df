"""Write docs/schemas/*.schema.json: what editors complete and check the operator's files with.

    python scripts/make_schemas.py

Run it after changing a setting or an option; a test tells when they are not current.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from harvester.config.schemas import schemas  # noqa: E402
from harvester.fetch import KINDS, connector  # noqa: E402
from harvester.map.schema import mapping_schema  # noqa: E402


def main() -> None:
    folder = ROOT / "docs" / "schemas"
    folder.mkdir(parents=True, exist_ok=True)
    options = {kind: connector(kind).Options for kind in KINDS}
    for name, schema in schemas(options, mapping_schema()).items():
        text = json.dumps(schema, ensure_ascii=False, indent=2) + "\n"
        (folder / name).write_text(text, encoding="utf-8")
        print(folder.relative_to(ROOT) / name)


if __name__ == "__main__":
    main()
