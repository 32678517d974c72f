"""`make bench`: what takes how long, in one run.

Figures are reported and not judged; counts of queries are, and whether every save was kept. What could not be measured
here is named at the end.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests import postgres
from tests.benchmarks import autosaving, letters, library, pages


def main() -> int:
    """Measure and print everything; 1 if the queries of a page or a search grow with the data or are too many, or if a
    save was lost; 2 if something could not be measured, since not every machine has what that needs."""
    with tempfile.TemporaryDirectory() as folder:
        held = pages.main(Path(folder))
        missing = (
            [] if letters.main(Path(folder)) else ["letters: smtp-sink is missing (on Debian: apt install postfix)"]
        )
        held &= autosaving.main(Path(folder))
        held &= library.main(Path(folder))
    missing += [] if postgres.is_here() else ["anything on PostgreSQL: it is not installed"]
    for what in missing:
        print(f"Not measured: {what}.")
    return 1 if not held else 2 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
