"""The hall: one file per act; load, decide by the rules, store with an audit event. The only floor that writes."""
