"""Initiatives, concerns and questions: the public list, handing in without an account, moderation and answers."""
