"""Write golden ledgers: every record that the present code writes, in every state.

python -m tests.model.write_golden v2

Once, for each new form of a record; what is there is never written anew, for people's stores hold
records of every form that there ever was. See `test_golden`.
"""
