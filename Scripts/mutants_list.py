"""What mutants.py breaks: one wrong rule, kernel or index at a time."""

import mutants_core
import mutants_inference
import mutants_layers
import mutants_ranks
import mutants_training

MUTANTS = mutants_core.MUTANTS + mutants_layers.MUTANTS + mutants_training.MUTANTS
MUTANTS += mutants_inference.MUTANTS + mutants_ranks.MUTANTS
