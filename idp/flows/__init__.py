"""The hall: one file per act, what is loaded, stored and audited; the only floor that writes."""
