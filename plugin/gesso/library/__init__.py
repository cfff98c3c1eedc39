"""The installed models, and how a file that gesso has never seen becomes one of them.

shelf.py       list, show, verify, remove
seal.py        seal, unseal
add.py         a file -> checked, recognised, copied, with a card
families.py    what is known of the models that people share, by name
recognise.py   a graph -> a card: by its inputs, outputs and shapes, then by trying
overrides.py   what the user sets on the card
planes.py      the ports of a graph, sorted
inpainting.py  recognising nets that fill holes
probe.py       the trying: range, size rule, reach
"""
