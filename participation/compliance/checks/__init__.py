"""Checks: functions that derive obligations from facts, with parameters from the rulebook."""

from . import documents, feedback, involvement, meetings, plan, requests
from .base import CHECKS, Check, Days, Owed, Registered

__all__ = [
    "CHECKS",
    "Check",
    "Days",
    "Owed",
    "Registered",
    "documents",
    "feedback",
    "involvement",
    "meetings",
    "plan",
    "requests",
]
