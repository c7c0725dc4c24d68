"""Commands of `idp`, one file for each group. They parse, call a flow, and print; they decide nothing."""
