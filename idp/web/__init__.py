"""Door kit: what every HTTP door needs and no door owns (forms, cookies, headers, pages, errors). It decides nothing."""
