"""A peer: LitServe with batching and two workers. `python litserve_peer.py PORT`."""

# No `from __future__ import annotations`, because LitServe reads the annotations as objects.
import sys
from typing import Annotated, Any

import common
import litserve
import numpy as np
from fastapi import Body


class Twins(litserve.LitAPI):  # type: ignore[misc]
    """Both models behind LitServe's batching."""

    def setup(self, device: str) -> None:
        self.models = common.sessions()

    def decode_request(self, request: Annotated[bytes, Body()]) -> Any:
        return common.decode(request)

    def batch(self, inputs: list[Any]) -> Any:
        return np.stack(inputs)

    def predict(self, images: Any) -> Any:
        return common.both(self.models, images)

    def unbatch(self, output: Any) -> Any:
        return [
            {name: rows[i].tolist() for name, rows in output.items()}
            for i in range(len(next(iter(output.values()))))
        ]

    def encode_response(self, output: Any) -> Any:
        return output


if __name__ == "__main__":
    api = Twins(max_batch_size=16, batch_timeout=0.002)
    server = litserve.LitServer(api, accelerator="cpu", workers_per_device=2)
    server.run(port=int(sys.argv[1]), log_level="warning", generate_client_file=False)
