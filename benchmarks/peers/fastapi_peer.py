"""A peer: a plain FastAPI server with its thread pool. `python fastapi_peer.py PORT`."""

from __future__ import annotations

import sys
from typing import Annotated

import common
import uvicorn
from fastapi import Body, FastAPI

app = FastAPI()
models = common.sessions()


@app.post("/predict")
def predict(
    content: Annotated[bytes, Body(media_type="application/octet-stream")],
) -> dict[str, list[float]]:
    """Both models' probabilities for a picture."""
    images = common.decode(content)[None]
    return {name: rows[0].tolist() for name, rows in common.both(models, images).items()}


if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[1]), log_level="warning")
