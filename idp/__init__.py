"""Cửa Chung: the provincial identity hub, an OpenID Connect provider for a government."""
