from __future__ import annotations

import math

import pytest

from contract.smoothing import check_epsilon, others_only_epsilon, uniform_mix_epsilon


@pytest.mark.parametrize("epsilon", [-0.1, 1.0, 1.5, math.nan, math.inf])
def test_epsilon_outside_zero_to_one_is_refused(epsilon: float) -> None:
    with pytest.raises(ValueError, match="at least 0"):
        check_epsilon(epsilon)


def test_a_tenth_for_ten_classes_is_nine_hundredths_in_the_other_convention() -> None:
    assert others_only_epsilon(0.1, 10) == pytest.approx(0.09)
    assert uniform_mix_epsilon(0.09, 10) == pytest.approx(0.1)


def test_others_only_may_take_more_than_any_mix_does() -> None:
    with pytest.raises(ValueError, match="below 1"):
        uniform_mix_epsilon(0.95, 10)
