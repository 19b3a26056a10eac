"""The command line: ``shotgraph …``.

* main: the command, and the table of its commands
* run, interruptible, embedded_server, deciding: a run that can be stopped, and asks
* show_plan: the command `plan`
* pipeline_files: the commands `new`, `validate` and `schema`
* deploy, servers, contact_sheet: commands
* export: the commands `export` and `deliver`
* working_folder: nothing of the folder that the command is run in counts
* jobs, lost_jobs: the commands `jobs`, `reconcile` and `purge`
* doctor, checks, prefect_checks: the command `doctor`
* printing: JSON, tables, shared options
"""
