"""A run that trains a network."""

import dataclasses
import math

import numpy as np

import mlpedu
from experiments.kinds.choices import build_network, choose
from experiments.kinds.digits import parts
from experiments.kinds.kind import Kind, require_known, training_work
from experiments.mistakes import MISTAKES, AbsoluteSlope, Flipped, LastBatch

PENALTIES = {"l1": mlpedu.L1, "l2": mlpedu.L2, "l1_absolute_slope": AbsoluteSlope}
BIASES = ("regularized", "free", "none")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Training(Kind):
    """Settings of a run that trains a network."""

    main_metrics = ("test_accuracy", "seconds")

    normalize: str  # a function of mlpedu.data.normalization
    train: int  # examples to train on
    validation: int  # examples to validate on; 0: the test set serves for both
    random_split: bool  # a seed draws who trains and who validates; else the first train, the next validate
    shuffle: bool
    hidden: list  # units of each hidden layer
    activation: str
    loss: str | dict
    init: dict  # a function of mlpedu.initializers and its arguments
    batch_size: int
    epochs: int
    lr: float
    momentum: float
    averaged: bool  # the form of the momentum
    weight_decay: float
    penalties: dict  # strength of l1 and l2
    biases: str  # "regularized" as the weights are, "free" of it, or "none": they stay 0
    early_stopping: dict  # empty: train to the end; else the arguments of EarlyStopping, with restore = true
    mistakes: dict  # deliberate ones, of experiments.mistakes; empty: none

    @property
    def cost(self):
        """All epochs."""
        return training_work(self.epochs * self.train, self.hidden)

    def check(self):
        """Refuse also unknown penalties, mistakes and rules of stopping."""
        super().check()
        if (biases := self.biases) not in BIASES:
            raise ValueError(f"setting 'biases': expected one of {', '.join(BIASES)}; got {biases!r}")
        require_known("penalties", self.penalties, dict.fromkeys(PENALTIES, 0.0))
        require_known("mistakes", self.mistakes, MISTAKES)
        _early_stopping(self.early_stopping, [mlpedu.Parameter(np.zeros(1))])

    @property
    def course(self):
        """All but the end: a run with fewer epochs is the beginning of one with more.

        Where the weights at the end decide a metric, they mustn't be those of another epoch.
        """
        if self.mistakes or (self.early_stopping and type(self) is not Training):
            return repr(self)
        common = {field.name: getattr(self, field.name) for field in dataclasses.fields(Training)}
        return repr({**common, "epochs": None, "early_stopping": None})

    def run(self, seed, source, on_epoch):
        """Train and evaluate after each epoch."""
        return self.run_together([self], seed, source, on_epoch)[0]

    @staticmethod
    def run_together(runs, seed, source, on_epoch):
        """Train once, until the last of the runs ends. If that fails, all fail."""
        run, longest = runs[0], max(run.epochs for run in runs)
        split_seed = seed if run.random_split else None
        train, validation, test = parts(source, run.normalize, run.train, run.validation, split_seed)
        rng = np.random.default_rng(seed)
        wrong = {**dict.fromkeys(MISTAKES), **run.mistakes}
        sizes = train.inputs.shape[1], train.targets.shape[1]
        network = build_network(run, *sizes, rng, output_activation=wrong["output_activation"])
        loss = choose("loss", run.loss)()
        if wrong["last_batch"]:
            loss = LastBatch(loss)
        parameters = network.parameters()
        weights = [p for p in parameters if p.data.ndim == 2]
        regularized = parameters if run.biases == "regularized" else weights
        optimizer = mlpedu.SGD(
            weights if run.biases == "none" else parameters,
            run.lr,
            run.momentum,
            run.weight_decay,
            averaged=run.averaged,
            decayed=regularized,
        )
        penalties = [PENALTIES[name](strength, regularized) for name, strength in run.penalties.items()]
        tested = []

        def after_epoch(history):
            if run.validation:
                tested.append(mlpedu.evaluate(network, loss, test))
            else:  # the test set is what was validated on
                tested.append((history.validation_loss[-1], history.validation_accuracy[-1]))
            text = f"loss {history.train_loss[-1]:.4f}  test accuracy {tested[-1][1]:.2%}"
            on_epoch(len(history), longest, text)

        def outcome(run, history):
            columns = dataclasses.asdict(history)
            columns["test_loss"], columns["test_accuracy"] = map(list, zip(*tested, strict=True))
            kept = len(history)  # the epoch whose weights are the result
            if run.early_stopping.get("restore"):
                kept = history.best_epoch(run.early_stopping["monitor"])
            metrics = {name: values[kept - 1] for name, values in columns.items()}
            if wrong["last_batch"]:
                metrics |= {"train_loss": loss.train_loss, "train_accuracy": loss.train_accuracy}
            if wrong["reported_norm"]:
                norm = math.sqrt(sum(float((w.data**2).sum()) for w in weights))
                metrics["train_loss"] += wrong["reported_norm"] / 2 * norm
            metrics |= {"seconds": sum(history.seconds), "kept_epoch": kept, "epochs": len(history)}
            metrics |= run.measured(network)
            return {"data": train.name, "metrics": metrics, "history": columns}

        ends = _Ends(runs, parameters, outcome)
        mlpedu.fit(
            network,
            loss,
            optimizer,
            train,
            validation,
            epochs=longest,
            batch_size=run.batch_size,
            rng=rng if run.shuffle else None,
            penalties=map(Flipped, penalties) if wrong["flipped_penalty"] else penalties,
            early_stopping=ends,
            on_epoch=after_epoch,
        )
        return ends.outcomes

    def measured(self, network):
        """More metrics, of the trained network, by name."""
        return {}


class _Ends:
    """Ends training with the last of several runs, as `EarlyStopping` does; takes each outcome at its end.

    The parameters of the best epoch are given back only to a run that trains alone.
    """

    def __init__(self, runs, parameters, outcome):
        to_restore = parameters if len(runs) == 1 else ()
        self.going = [(i, run, _early_stopping(run.early_stopping, to_restore)) for i, run in enumerate(runs)]
        self.outcome = outcome
        self.outcomes = [None] * len(runs)

    def should_stop(self, history):
        for i, run, rule in self.going[:]:
            stops = rule is not None and rule.should_stop(history)
            if stops or len(history) == run.epochs:
                if rule is not None:
                    rule.restore_best()
                self.outcomes[i] = self.outcome(run, history)
                self.going = [other for other in self.going if other[0] != i]
        return not self.going

    def restore_best(self):
        """Done at the end of each run."""


def _early_stopping(declared, parameters):
    if not declared:
        return None
    try:
        return mlpedu.EarlyStopping(**{**declared, "restore": parameters if declared.get("restore") else ()})
    except TypeError as error:
        raise ValueError(f"setting 'early_stopping': {error}") from None
