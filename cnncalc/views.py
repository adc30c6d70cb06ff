"""How a network shows itself in Python: as text, in a notebook, and to rich.

A network knows no pages. It asks for its views by name, and this module, which knows both, enters them there when the
package is imported; what draws is imported when something is drawn.
"""

from __future__ import annotations

from typing import Any

from cnncalc.network.network import Network


def text(network: Network) -> str:
    """The table, as wide as the terminal, or as it is where there is none; never in colour, for it may be kept."""
    from cnncalc.writers.terminal import drawn, width

    return drawn(_page(network), width(), plain=True).rstrip("\n")


def html(network: Network) -> str:
    """The table as a fragment of HTML."""
    from cnncalc.writers.html import written

    return written(_page(network))


def drawing(network: Network) -> Any:
    """The table as rich draws it, as wide as its console."""
    from cnncalc.writers.terminal import Drawing

    return Drawing(_page(network))


def _page(network: Network) -> Any:
    from cnncalc.report.breakdown import page
    from cnncalc.report.columns import usual

    return page(network, usual(network))


Network.views.update(text=text, html=html, rich=drawing)
