"""One file for each authenticator; the registry beside this folder lists them."""
