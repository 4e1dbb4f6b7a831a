"""Cuts the small sample beside this file out of the official release: `python make_sample.py DATA`.

DATA holds `cifar-10-batches-bin`. Taken are, for each class, the first 100 training pictures of
`data_batch_1.bin` and the first 50 of `test_batch.bin`, in official order and format; `md5.json`
is written beside them.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

import numpy as np

RECORD_BYTES = 3073


def main() -> None:
    source = Path(sys.argv[1]) / "cifar-10-batches-bin"
    target = Path(__file__).parent / "cifar-10-batches-bin"
    target.mkdir(exist_ok=True)
    table = {}
    for name, each in (("data_batch_1.bin", 100), ("test_batch.bin", 50)):
        records = np.fromfile(source / name, np.uint8).reshape(-1, RECORD_BYTES)
        of_class = [np.flatnonzero(records[:, 0] == label)[:each] for label in range(10)]
        raw = records[np.sort(np.concatenate(of_class))].tobytes()
        (target / name).write_bytes(raw)
        table[name] = hashlib.md5(raw, usedforsecurity=False).hexdigest()
    (target / "md5.json").write_text(json.dumps(table, indent=2) + "\n")


if __name__ == "__main__":
    main()
