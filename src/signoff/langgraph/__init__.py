"""The doors to a graph: the only place that imports langgraph."""
