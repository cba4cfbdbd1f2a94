"""Questions that the bot could not answer: collected and grouped, taught by staff, or passed on as tickets.

`questions` decides what is stored of an answer, and `masking` what of its text; `collecting` groups and stores it.
Staff view groups in `service` and attach them in `teaching`. `tickets/` and `report/` are separate subjects.
"""
