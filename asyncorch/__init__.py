"""asyncorch: the phases of a pipeline in order, the steps of a phase side by side.

The public names are looked up when they are first used, so that `asyncorch --version` loads
no engine.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from asyncorch.orchestrator import PipelineOrchestrator as PipelineOrchestrator

__version__ = "0.1.0"
__all__ = ["PipelineOrchestrator", "__version__"]


def __getattr__(name: str) -> Any:
    if name == "PipelineOrchestrator":
        return import_module("asyncorch.orchestrator").PipelineOrchestrator
    raise AttributeError(f"module 'asyncorch' has no attribute {name!r}")
