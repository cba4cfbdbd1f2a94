"""Questions that the bot could not answer: collected and grouped, taught by staff, or passed on as tickets.

`questions` decides what is kept of an answer, `masking` what of its text, `collecting` groups and stores it. Staff
look at groups in `service` and attach them in `teaching`. `tickets/` and `report/` are subjects of their own.
"""
