REVIEWED: dict[tuple[str, str], str] = {}
