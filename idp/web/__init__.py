"""Door kit: what every HTTP door needs and none owns (forms, cookies, headers, pages, errors). It decides nothing."""
