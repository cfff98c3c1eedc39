"""How real a picture looks: a discriminator against gesso's own generators, and the statistics it starts from."""
