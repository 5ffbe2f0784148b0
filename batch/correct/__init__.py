"""Why figures differ, and how they are corrected and uncorrected."""
