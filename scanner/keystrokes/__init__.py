"""What was typed, put together from the events of keys: the text that no single record holds.

A dialect (`scanner.recordings`) turns records into events; `Recorder` plays the events of one
person's session on a buffer with a caret; `Texts` hands the views of that buffer on, each
character with the rows it came of.
"""
