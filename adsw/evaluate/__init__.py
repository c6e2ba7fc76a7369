"""What a trained pair of heads is worth: retrieval in both directions, chance levels, intervals."""

from adsw.callable_package import make_callable

make_callable(__name__)
