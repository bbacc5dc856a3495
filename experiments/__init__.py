"""The experiments of the five reports: declarations, a runner, results, and what the book shows of them.

``declarations/*.toml`` (data only) → `runner` → ``results/*/*.json`` → `tables` and `figures`. Each arrow
is a program that runs alone; the book reads the results and never trains.
"""
