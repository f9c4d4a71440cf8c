"""Refunds of a retail desk: small ones pass by policy, large ones wait for a person."""

from __future__ import annotations

from graphs.refund.graph import build
from graphs.refund.requests import Request, load_requests, request_input
from graphs.refund.settings import FlowSettings

__all__ = ["FlowSettings", "Request", "build", "load_requests", "request_input"]
