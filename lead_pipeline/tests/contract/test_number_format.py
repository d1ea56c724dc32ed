"""framework/number_format.py: the separators of a number format.

Whichever function the framework has for them.
"""

import pytest

from lead_pipeline.framework.number_format import number_signs


@pytest.mark.parametrize(
	("number_format", "expected"),
	[("#,###.##", (".", ",")), ("#.###,##", (",", ".")), ("# ###.##", (".", " ")), ("#,###", ("", ","))],
)
def test_the_signs_are_found(number_format, expected):
	assert number_signs(number_format) == expected
