"""Checks: functions that derive obligations from facts, with parameters from the rulebook."""

from . import documents, feedback, involvement, meetings, plan, register, requests
from .base import CHECKS, Check, CheckDefinition, DateRules, ObligationDraft

__all__ = [
    "CHECKS",
    "Check",
    "CheckDefinition",
    "DateRules",
    "ObligationDraft",
    "documents",
    "feedback",
    "involvement",
    "meetings",
    "plan",
    "register",
    "requests",
]
