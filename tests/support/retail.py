"""The retail sample as a shop, as nouns, and as a data folder with recordings."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from graphs.refund.requests import Request
from graphs.refund.shop import Address, Customer, Item, Method, Order, Payment, Variant
from graphs.refund.system import Shop, open_shop
from graphs.retail import SAMPLE

HOME = Address("1 Oak Street", "", "Denver", "CO", "USA", "80279")
CARD = Method("card_1", "credit_card", "visa", "1234")
GIFT = Method("gift_1", "gift_card", balance=Decimal("20.00"))


def new_shop(folder: Path, name: str = "shop.db") -> Shop:
    """A shop of its own with the sample in it."""
    return open_shop(folder / name, None)


def customer(*methods: Method) -> Customer:
    return Customer("ann_1", "Ann", "Lee", "ann@example.com", HOME, methods or (CARD, GIFT), ("#W1",))


def item(number: int, price: str = "10.00", product: str = "p1") -> Item:
    return Item(f"i{number}", product, "Kettle", Decimal(price), {"size": str(number)})


def variant(number: int, price: str, product: str = "p1", *, available: bool = True) -> Variant:
    return Variant(f"v{number}", product, "Kettle", {"size": f"v{number}"}, available, Decimal(price))


def order(*items: Item, status: str = "pending", paid_by: str = "card_1") -> Order:
    total = sum((one.price for one in items), Decimal(0))
    return Order("#W1", "ann_1", status, HOME, items, (Payment("payment", total, paid_by),))


def recorded_folder(folder: Path, requests: Iterable[Request]) -> Path:
    """A data folder with the sample and these requests as recorded tasks."""
    home = folder / "tau2_retail"
    home.mkdir(parents=True)
    (home / "db.json").write_bytes(SAMPLE.read_bytes())
    (home / "policy.md").write_text("# Policy\n\nBe kind.\n\n## Return delivered order\n\nOnly delivered.\n")
    tasks = [_task(number, request) for number, request in enumerate(requests)]
    (home / "tasks.json").write_text(json.dumps(tasks), encoding="utf-8")
    return folder


def _task(number: int, request: Request) -> dict[str, Any]:
    actions = [{"name": call.name, "arguments": call.arguments} for call in request.calls]
    return {
        "id": str(number),
        "user_scenario": {"instructions": {"reason_for_call": request.says}},
        "evaluation_criteria": {"actions": actions},
    }


def given_data() -> Path:
    """The folder with the whole record; skips, saying what is missing, where there is none."""
    named = os.environ.get("SIGNOFF_DATA")
    folder = Path(named) if named else Path(__file__).parents[3] / "shared" / "data"
    if not (folder / "tau2_retail" / "tasks.json").is_file():
        pytest.skip(f"{folder} has no tau2_retail/tasks.json; set SIGNOFF_DATA to the folder that has it")
    return folder
