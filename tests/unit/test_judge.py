from __future__ import annotations

from signoff.policy.load import parse_policy
from signoff.risk.registry import build_detectors
from signoff.services.judge import Judge
from tests.support.policies import small_policy


def test_a_judge_names_the_codes_of_the_detectors_of_its_policy() -> None:
    policy = parse_policy(small_policy().replace("{brand_terms: {}}", "{links: {}, personal_data: {}}"))
    links, personal_data = build_detectors({"links": {}, "personal_data": {}})
    assert Judge(policy).codes == links.codes | personal_data.codes
    assert {"link_scheme", "personal_iban"} <= Judge(policy).codes
    assert "brand_term" not in Judge(policy).codes


def test_without_detectors_there_are_no_codes() -> None:
    assert Judge(parse_policy(small_policy().replace("flags: {brand_terms: {}}\n", ""))).codes == frozenset()
