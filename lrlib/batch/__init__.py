"""Batches: many reports from one file, at once, which go on where they were stopped."""

FORM = """\
FILE says which reports:

  report: shootout                # or a list of names
  parameters: {profile: quick}    # the same for all
  grid:                           # every combination of these
    task: [digits, quadratic]
    steps: [200, 400, 800]
  sets:                           # each with every combination; `report` may stand here instead
    - {optimizer: sgd}
    - {optimizer: adamw, weight_decay: 0.1}

All is checked before the first report starts. DIR/index.html and DIR/results.parquet show all reports, as
they end. However a batch was stopped, the same command goes on: what is finished, by the same code and from
the same files, is left alone; a larger grid only adds. The exit status is 0 when all reports are finished, 1
when some fail, 2 when something is refused, 130 when it was stopped.

With --scheduler, each worker of the Dask cluster needs this lrlib, and the files that parameters name at the
same place; results come back through the cluster, and training that a worker had finished of a report is lost
with the worker.

With --json, standard output is one JSON object a line, each with a state and the seconds since the start:
  {"state": "starting", "said": [TEXT]}
  {"state": "running", "report": FOLDER, "done": runs, "total": runs, "what": TEXT}
  {"state": "finished", "tried again" or "failed", "report": FOLDER, "tries": N, "error": TEXT}
  {"state": "done" or "stopped", "reports": N, "finished": N, "failed": N, "files": [PATH]}
"""
