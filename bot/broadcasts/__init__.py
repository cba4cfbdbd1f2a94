"""One text to many chats: drafted, confirmed, scheduled, and delivered so that a crash loses nobody.

A broadcast goes through `service` (what admins do), `scheduler` (what is due) and `worker` (claim, send, settle). The
rules that they follow stand in `model`, `delivery` and `pacing`.
"""
