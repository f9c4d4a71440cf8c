"""One look at a page: what axe finds, what a ruler measures, and the contrast that axe could not judge."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.unjudged import REVIEWED

_UNFOLD = """() => {
  for (const part of document.querySelectorAll("main details:not(.bar details)")) part.open = true;
}"""

RULER = """() => {
  const shown = (node) => { const r = node.getBoundingClientRect(); return r.width > 0 && r.height > 0 };
  const size = (node) => { const r = node.getBoundingClientRect();
    return [node.className, node.textContent.trim().slice(0, 30), Math.round(r.width), Math.round(r.height)];
  };
  const inline = (node) => node.matches("p a, li a, .crumb a, dd a") && !node.matches(".btn");
  const controls = "a, button, summary, input:not([type=hidden]), select, textarea";
  const targets = [...document.querySelectorAll(controls)];
  const bar = [...document.querySelectorAll(".bar :is(button:not([data-fill]), summary)")];
  return {
    wide: document.documentElement.scrollWidth - innerWidth,
    small: targets.filter(shown).filter((n) => !inline(n) && !n.closest(".skip"))
      .map(size).filter(([, , w, h]) => w < 24 || h < 23.9),
    low: bar.filter(shown).map(size).filter((s) => s[3] < 44),
    cut: [...document.querySelectorAll(".graph .node")].flatMap((node) => {
      const box = node.querySelector("rect").getBBox();
      return [...node.querySelectorAll("text")].filter((text) => {
        const inner = text.getBBox();
        return inner.x < box.x + 2 || inner.x + inner.width > box.x + box.width - 2;
      }).map((text) => text.textContent);
    }),
  };
}"""
"""What is wrong by size: the page, its controls, the buttons of the bar, and words in a graph's boxes."""

_CONTRASTS = """(selectors) => {
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const painted = (colours, opacity = 1) => {
    canvas.globalAlpha = 1;
    colours.forEach((colour, n) => {
      if (n === colours.length - 1) canvas.globalAlpha = opacity;
      canvas.fillStyle = colour;
      canvas.fillRect(0, 0, 1, 1);
    });
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const luminance = (rgb) => {
    const linear = (part) => part <= .04045 ? part / 12.92 : ((part + .055) / 1.055) ** 2.4;
    const [r, g, b] = rgb.map((value) => linear(value / 255));
    return .2126 * r + .7152 * g + .0722 * b;
  };
  const ratio = (one, other) => {
    const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (light + .05) / (dark + .05);
  };
  const parents = (node) => node ? [...parents(node.parentElement), node] : [];
  const grounds = (node) => {
    const styles = parents(node).map((one) => getComputedStyle(one));
    if (styles.some((style) => style.backgroundImage !== "none")) return null;
    return ["white", ...styles.map((style) => style.backgroundColor)];
  };
  const shapesUnder = (text, x, y) => document.elementsFromPoint(x, y)
    .filter((node) => node instanceof SVGGeometryElement && getComputedStyle(node).fill !== "none")
    .reverse().map((node) => getComputedStyle(node).fill);
  return selectors.map((selector) => {
    const node = document.querySelector(selector);
    const style = getComputedStyle(node);
    const opacity = parents(node).reduce((all, one) => all * getComputedStyle(one).opacity, 1);
    const ground = grounds(node);
    if (ground === null) return null;
    if (!(node instanceof SVGElement)) {
      return ratio(painted([...ground, style.color], opacity), painted(ground));
    }
    node.scrollIntoView({ block: "center", inline: "center" });
    const box = node.getBoundingClientRect();
    return Math.min(...[.1, .3, .5, .7, .9].map((part) => {
      const under = [...ground, ...shapesUnder(node, box.x + part * box.width, box.y + box.height / 2)];
      return ratio(painted([...under, style.fill], opacity), painted(under));
    }));
  });
}"""
"""The contrast of each text with what its styles put behind it; null where that is a picture."""

_SPOTLESS = {"wide": 0, "small": [], "low": [], "cut": []}


@dataclass
class Seen:
    """What a whole run has looked at."""

    looks: Counter[str] = field(default_factory=Counter)
    doubts: set[tuple[str, str]] = field(default_factory=set)

    def settled(self, looks: int) -> list[tuple[str, str]]:
        """Reviewed doubts that axe did not have in any of so many looks at their view."""
        return [doubt for doubt in REVIEWED if self.looks[doubt[0]] >= looks and doubt not in self.doubts]


@dataclass
class Look:
    """Looks at pages, everything that folds up unfolded, and keeps what is wrong with them."""

    seen: Seen
    faults: dict[str, Any] = field(default_factory=dict)

    def at(self, page: Page, view: str) -> None:
        """Look at `page`, which shows the view of this name."""
        page.evaluate(_UNFOLD)
        measured = page.evaluate(RULER)
        if measured != _SPOTLESS:
            self.faults[f"ruler: {view}"] = {what: found for what, found in measured.items() if found}
        found = _axe(page)
        if found["violations"]:
            self.faults[f"axe: {view}"] = [
                (rule["id"], [node["target"] for node in rule["nodes"]]) for rule in found["violations"]
            ]
        doubts = {(view, rule["id"]) for rule in found["incomplete"]}
        self.seen.looks[view] += 1
        self.seen.doubts |= doubts
        if unreviewed := sorted(doubts - REVIEWED.keys()):
            self.faults[f"not judged by axe and not reviewed: {view}"] = [rule for _, rule in unreviewed]
        if pale := list(_pale(page, found["incomplete"])):
            self.faults[f"contrast: {view}"] = pale


def _axe(page: Page) -> Any:
    """What axe says of the whole page, in a window so high that nothing scrolls under the bar."""
    window = page.viewport_size
    assert window is not None
    height = max(window["height"], page.evaluate("document.documentElement.scrollHeight"))
    page.set_viewport_size({**window, "height": height})
    found = Axe().run(page, options={"resultTypes": ["violations", "incomplete"]}).response
    page.set_viewport_size(window)
    return found


def _pale(page: Page, incomplete: Any) -> Iterator[str]:
    """Texts whose contrast axe could not judge and which have too little of it."""
    nodes = [node for rule in incomplete if rule["id"] == "color-contrast" for node in rule["nodes"]]
    contrasts = page.evaluate(_CONTRASTS, [node["target"][0] for node in nodes]) if nodes else []
    for node, contrast in zip(nodes, contrasts, strict=True):
        needed = float(node["any"][0]["data"]["expectedContrastRatio"].partition(":")[0])
        if contrast is None or contrast < needed:
            yield f"{node['target'][0]}: {contrast} of {needed}"
