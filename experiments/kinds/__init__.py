"""The kinds of runs, by the names that declarations give them."""

from experiments.kinds.gradient_check import CheckTable, GradientCheck
from experiments.kinds.gradient_noise import GradientNoise
from experiments.kinds.sigmoid_slopes import SigmoidSlopes
from experiments.kinds.speed import EpochCost, Speed
from experiments.kinds.timing import PartTime, StepTime
from experiments.kinds.training import Training
from experiments.kinds.weights import Weights

KINDS = {
    "training": Training,
    "sigmoid_slopes": SigmoidSlopes,
    "weights": Weights,
    "gradient_check": GradientCheck,
    "check_table": CheckTable,
    "gradient_noise": GradientNoise,
    "step_time": StepTime,
    "part_time": PartTime,
    "speed": Speed,
    "epoch_cost": EpochCost,
}
