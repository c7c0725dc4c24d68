"""Identity rules: persons, their names and numbers, login identifiers, what is known of them and since when. Pure."""
