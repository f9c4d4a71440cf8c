from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from graphs.outbound_copy.data import Overlay, load_overlay, load_retail
from graphs.outbound_copy.settings import FlowSettings
from graphs.retail import SAMPLE, DataMissing


def test_the_sample_is_whole() -> None:
    retail = load_retail()
    assert len(retail.customers) == 14
    for customer in retail.customers.values():
        orders = retail.orders_of(customer)
        assert len(orders) == len(customer.orders) > 0
        for order in orders:
            assert order.customer_id == customer.id
            assert all(retail.find_product(item.name) for item in order.items)
            assert order.total in order.paid


def test_the_sample_says_where_it_comes_from() -> None:
    text = (SAMPLE.parent / "ATTRIBUTION.md").read_text(encoding="utf-8")
    for needed in (
        "tau2-bench",
        "sierra-research",
        "a2c02472",
        "MIT License",
        "Copyright (c) 2025 Sierra Research",
    ):
        assert needed in text


def test_prices_are_exact_and_only_what_can_be_had_counts() -> None:
    retail = load_retail()
    boots = retail.find_product("hiking boots")
    assert boots is not None
    assert boots.prices[0] == Decimal("236.57")
    assert boots.prices == tuple(sorted(boots.prices))
    raw = json.loads(SAMPLE.read_text(encoding="utf-8"))["products"][boots.id]["variants"].values()
    assert len(boots.prices) == len({one["price"] for one in raw if one["available"]}) < len(raw)


@pytest.mark.parametrize("query", ["noah_brown_6181", "NOAH.brown7922@example.com", " noah brown "])
def test_customers_are_found_by_number_address_and_name(query: str) -> None:
    assert [customer.id for customer in load_retail().find_customers(query)] == ["noah_brown_6181"]


def test_nobody_is_found_by_a_part_of_a_name() -> None:
    assert load_retail().find_customers("noah") == []


def test_people_are_recognised_by_what_the_record_holds_about_them() -> None:
    text = (
        "Sophia Garcia, 986 Sunset Drive, #W1023987, ivan.rossi1946@example.com, mei_martin_6103. Ivan too."
    )
    named = {(kind, value, customer.id) for kind, value, customer in load_retail().people_named(text)}
    assert named == {
        ("name", "Sophia Garcia", "sophia_garcia_1101"),
        ("street address", "986 Sunset Drive", "noah_brown_6181"),
        ("order number", "#W1023987", "sophia_garcia_1101"),
        ("e-mail address", "ivan.rossi1946@example.com", "ivan_rossi_9776"),
        ("customer number", "mei_martin_6103", "mei_martin_6103"),
    }


def test_missing_data_is_named_with_what_is_needed(tmp_path: Path) -> None:
    with pytest.raises(DataMissing, match="SIGNOFF_DATA names") as caught:
        load_retail(tmp_path / "nowhere")
    assert "tau2_retail/db.json" in str(caught.value)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"users": {"a": {}}, "orders": {}, "products": {}}'])
def test_data_of_another_shape_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "tau2_retail" / "db.json"
    path.parent.mkdir()
    path.write_text(content, encoding="utf-8")
    with pytest.raises(DataMissing, match="no retail record"):
        load_retail(tmp_path)


def test_the_whole_record_is_read_from_the_data_folder(tmp_path: Path) -> None:
    path = tmp_path / "tau2_retail" / "db.json"
    path.parent.mkdir()
    path.write_bytes(SAMPLE.read_bytes())
    settings = FlowSettings.from_environment({"SIGNOFF_DATA": str(tmp_path)})
    assert load_retail(settings.data) == load_retail()


def test_the_overlay_calls_itself_ours_and_fits_the_record() -> None:
    overlay = load_overlay()
    assert {overlay.tier_of("fatima_muller_6713"), overlay.tier_of("nobody")} == {"strategic", "standard"}
    for tier in overlay.tiers.values():
        assert tier.discount_limit <= max(tier.discounts)


def test_an_overlay_with_an_unknown_tier_is_refused() -> None:
    raw = load_overlay().model_dump() | {"accounts": {"noah_brown_6181": "platinum"}}
    with pytest.raises(ValueError, match="platinum"):
        Overlay.model_validate(raw)


def test_settings_come_from_the_environment_and_empty_is_unset() -> None:
    assert FlowSettings.from_environment({"SIGNOFF_SMTP_URL": "", "OTHER": "x"}) == FlowSettings()
    settings = FlowSettings.from_environment({"SIGNOFF_MAILDIR": "box", "SIGNOFF_MODEL": "a:b"})
    assert (settings.maildir, settings.model) == (Path("box"), "a:b")
