"""`make bench`: what takes how long, in one run. Figures are reported and not judged; counts of queries are."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.benchmarks import autosaving, letters, library, pages


def main() -> int:
    """Measure and print everything; 1 if the queries of a page or a search grow with the data or are too many."""
    with tempfile.TemporaryDirectory() as folder:
        held = pages.main(Path(folder))
        letters.main(Path(folder))
        autosaving.main(Path(folder))
        held &= library.main(Path(folder))
    return int(not held)


if __name__ == "__main__":
    sys.exit(main())
