"""Texts for people: languages, and catalogues with stable keys. Which texts there are, pages and messages say."""
