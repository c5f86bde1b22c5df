"""One run of one source, start to end: the only place that composes the stages."""
