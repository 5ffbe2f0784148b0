"""For readers in the morning and auditors a year later: one bundle a day and version."""
