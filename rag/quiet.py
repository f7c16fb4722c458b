"""No library reports to anybody. Said in the environment, before they are imported, for that is when they look."""

from __future__ import annotations

import os

SWITCHES = {
    "GRADIO_ANALYTICS_ENABLED": "False",  # gradio and gradio_client
    "ANONYMIZED_TELEMETRY": "False",  # chromadb
    "HF_HUB_DISABLE_TELEMETRY": "1",  # huggingface_hub, under all of them
    "HF_HUB_DISABLE_IMPLICIT_TOKEN": "1",  # nor does anybody get the user's own key of the hub
    "HF_HUB_OFFLINE": "1",  # weights are fetched by rag/models/sources.py alone, never by a library
    "TRANSFORMERS_OFFLINE": "1",
    "DO_NOT_TRACK": "1",
}


def hush() -> None:
    """Switch off every telemetry that we know of, in this process and its children."""
    os.environ.update(SWITCHES)
