"""Checks: functions that derive obligations from facts, with parameters from the rulebook."""

from . import documents, environment, exceptions, feedback, influence, involvement, meetings, plan, register, requests
from .base import CHECKS, Check, CheckDefinition, DateRules, ObligationDraft

__all__ = [
    "CHECKS",
    "Check",
    "CheckDefinition",
    "DateRules",
    "ObligationDraft",
    "documents",
    "environment",
    "exceptions",
    "feedback",
    "influence",
    "involvement",
    "meetings",
    "plan",
    "register",
    "requests",
]
