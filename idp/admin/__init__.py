"""The officers' console, and beside it the pad on which a citizen chooses a PIN. Whoever has no power finds nothing."""
