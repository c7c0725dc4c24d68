"""VNeID in a box: an OpenID provider with fictional people, whose misbehaviour can be chosen. A process of its own."""
