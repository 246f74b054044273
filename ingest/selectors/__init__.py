"""Reading deposits: lists, pages, timelines, problems."""
