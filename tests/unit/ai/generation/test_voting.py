"""How candidates vote."""

import pytest

from aistack.ai.generation.candidates import Candidate
from aistack.ai.generation.voting import vote
from tests.unit.ai.results import result


class TestVote:
    def made(self, *rows: object) -> list[Candidate]:
        return [
            Candidate("model", f"SELECT {row}", result([("n", "int")], [[row]]) if row is not None else None,
                      "" if row is not None else "it fails")
            for row in rows
        ]  # fmt: skip

    @pytest.mark.parametrize(("rows", "confidence"), [
        ((1, 1, 1), 0.896), ((1, 1, 2), 0.597), ((1,), 0.741), ((1, None), 0.541), ((None, None), 0.0), ((), 0.0),
    ])  # fmt: skip
    def test_agreement_raises_confidence(self, rows: tuple, confidence: float):
        assert vote(self.made(*rows))[1] == pytest.approx(confidence, abs=0.001)

    def test_row_order_and_number_formats_do_not_matter(self):
        a = Candidate("model", "a", result([("x", "text"), ("n", "numeric")], [["k", "1.50"], ["u", "2"]]))
        b = Candidate("rules", "b", result([("n", "float"), ("x", "text")], [[2.0, "u"], [1.5, "k"]]))
        assert len(vote([a, b])[0]) == 1
