"""The demo campus: every neighbour of SPOM, private, below one folder, gone when its parent is gone.

One file per neighbour. Each has prepare(layout), which writes what the neighbour reads, and services(layout),
which says how it is started and how one knows that it is ready.
"""
