"""Training without the bank: the slow, exact reference that sampling from the bank is tested against.

At every visit the text is drawn, worded, swapped and encoded afresh: the source by the mix; the kept tags by playing
the dropping itself at the schedule's exact rate (`adsw.augment.views.sample_view`); the caption by the captioner, under
a key of its own; the hard negative by `adsw.augment.swap.swap`. Everything else (windows, batches, heads, losses,
optimiser) is the code that trains on the bank.

The following have the same law in both: the source; the kept count, if the bank has all of them; which tags are kept,
over the draws that made the bank; whether a hard negative is drawn for; how many terms it replaces, if the recipe
allows as many as the bank was made with. Two things differ: a bank holds V views of a kept count, one wording and a few
swaps of each, and shows them again and again, while here every visit has its own; and `text.swap.max_terms` and
`text.swap.categories` choose among the bank's swaps, while here they say how a swap is made.
"""
