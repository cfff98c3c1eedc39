"""Stable Diffusion: a folder of ONNX files that together paint a picture from words.

parts.py      the folder: which file does what, checked, loaded one at a time
tokens.py     words -> numbers, with the folder's own tokenizer
prompt.py     those numbers -> what the UNet is told
schedule.py   how noisy the picture is at each step, from the folder's scheduler
samplers.py   one step: Euler, Euler ancestral, DDIM, DPM++ 2M, LCM
latents.py    pictures <-> latents
painting.py   all of it: words, and a picture or a hole where there is one, -> pictures
request.py    what the actions have in common: their settings, and what is told afterwards
"""
