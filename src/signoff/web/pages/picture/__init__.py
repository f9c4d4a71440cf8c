"""A graph as a picture: layered, drawn on the server, in plain SVG.

Layout is our own because the picture makes a promise that no library keeps: no line touches a box or
a label that is not its own. Boxes, labels and the lanes of long lines all take a place of their own in
a layer; lines turn only in the channels between layers. `graph` reads the stored drawing, `layers` and
`order` give everything its place, `columns` and `routes` its coordinates, `svg` draws.
"""

from signoff.web.pages.picture.graph import Graph, Mark, graph_of
from signoff.web.pages.picture.layout import Layout, laid_out
from signoff.web.pages.picture.svg import picture

__all__ = ["Graph", "Layout", "Mark", "graph_of", "laid_out", "picture"]
