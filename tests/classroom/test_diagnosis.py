"""The ladder of the diagnosis, rung by rung, mostly with ReLU."""

import pytest

from mlpedu.classroom.exercises import load
from mlpedu.classroom.selftest import Trial

KEEP = "self.x = x\nreturn np.maximum(x, 0)"
RIGHT = "return grad_output * (self.x > 0)"


def findings(backward=RIGHT, forward=KEEP, exercise="relu", seed=0, top=""):
    name = load(exercise).objects[0]
    bodies = {f"{name}.forward": forward, f"{name}.backward": backward, "": top}
    return Trial(load(exercise), bodies).findings(seed)


def only(*args, **kwargs):
    (finding,) = findings(*args, **kwargs)
    return finding


def test_right_is_right():
    assert findings() == []


def test_forward_unwritten():
    finding = only(forward="raise NotImplementedError")
    assert (finding.kind, finding.symbol) == ("not attempted", "Y")


def test_backward_unwritten():
    finding = only("raise NotImplementedError")
    assert (finding.kind, finding.symbol, finding.group) == ("not attempted", "dL/dX", "gradient")


def test_a_wrong_forward_is_told_although_backward_is_unwritten():
    kinds = [finding.kind for finding in findings("raise NotImplementedError", "return x + 1")]
    assert kinds == ["fault", "not attempted"]


def test_an_exception_with_the_line_and_the_shapes():
    finding = only("g = grad_output\nreturn g @ self.x")
    assert "ValueError" in finding.text
    assert "x (7, 5), grad_output (7, 5)" in finding.text
    assert finding.lines[-1][1] == "backward"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("grad_output * (self.x > 0)", "is None. Does every way through it end with return?"),
        ("return 'a'", "is of type str, not numbers"),
        ("return [grad_output, 1]", "is of type list, not numbers"),
        ("return object()", "is of type object, not numbers"),
        ("return (grad_output * (self.x > 0)).T", "It looks transposed."),
        ("return grad_output[:, :, None] * (self.x > 0)[:, :, None]", "it must have shape (7, 5)"),
        ("return grad_output / 0 * (self.x > 0)", "holds NaN or infinity"),
        ("return 2 * grad_output * (self.x > 0)", "right but for the constant factor 2"),
        ("return grad_output * (self.x > 0) / len(self.x)", "right but for the constant factor 1/N"),
        ("return np.where(self.x > 0, grad_output, 0.1 * grad_output)", "is wrong where x is negative"),
        ("r = grad_output * (self.x > 0)\nr[1:] += 1\nreturn r", "is wrong in all rows but row 0"),
        ("return grad_output + np.arange(grad_output.size).reshape(self.x.shape)", "is not right"),
    ],
)
def test_a_rung(body, text):
    finding = only(body)
    assert text in finding.text
    assert finding.id is None
    assert finding.kind == "fault"


def test_a_name():
    assert only("return grad_output * (grad_output > 0)").id == "relu.gate-wrong"


def test_a_name_and_a_constant():
    finding = only("return 2 * grad_output * (grad_output > 0)")
    assert (finding.id, finding.factor) == ("relu.gate-wrong", "2")


def test_no_name_for_two_mistakes_at_once():
    assert only("return grad_output * (grad_output > 0) + self.x").id is None


def test_the_student_against_himself():
    finding = only("return 3 * grad_output * (self.x > 0)", "self.x = x\nreturn 3 * np.maximum(x, 0)")
    assert finding.group == "forward"
    assert finding.text.endswith("Your backward is the derivative of your forward, so look at the forward.")


def test_an_argument_that_changes():
    assert only(forward="self.x = x.copy()\nx[x < 0] = 0\nreturn x").id == "act.mutates-argument"
    assert only("grad_output[self.x < 0] = 0\nreturn grad_output").id == "act.mutates-argument"


def test_a_memory_of_the_first_batch():
    forward = "if not hasattr(self, 'x'):\n    self.x = x\nreturn np.maximum(x, 0)"
    finding = only(forward=forward, backward="return grad_output * (self.x[:len(grad_output)] > 0)")
    assert "right for the first batch and wrong for the second" in finding.text


def test_a_memory_of_the_first_batch_of_this_shape():
    forward = "self.__dict__.setdefault(x.shape, x)\nself.x = self.__dict__[x.shape]\nreturn np.maximum(x, 0)"
    finding = only(forward=forward, backward="return grad_output * (self.x > 0)")
    assert "right for the first batch and wrong for the second" in finding.text


def test_a_memory_that_all_objects_share():
    finding = only("return grad_output * (self.x > 0)", "ReLU.x = x\nreturn np.maximum(x, 0)")
    assert "what another object was given" in finding.text


def test_large_inputs():
    finding = only(
        forward="self.x = x\nreturn np.log1p(np.exp(30 * x)) / 30 if abs(x).max() > 99 else np.maximum(x, 0)"
    )
    assert finding.group == "robustness"
    assert "large" in finding.text


def test_float64_out_of_float32_is_a_remark():
    finding = only("return np.where(self.x > 0, 1.0, 0.0) * grad_output")
    assert (finding.kind, finding.group) == ("remark", "robustness")


def test_no_expected_number_is_told():
    for body in ("return grad_output * (self.x > 0) + 0.25", "return self.x"):
        assert not any(character.isdigit() for character in only(body).text)
