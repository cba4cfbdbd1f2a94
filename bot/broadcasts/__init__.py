"""One text to many chats: drafted, confirmed, scheduled, and delivered so that a crash loses no delivery.

Admins act through `service`; `scheduler` picks what is due; `worker` claims, sends and settles. The rules are in
`model`, `delivery` and `pacing`.
"""
