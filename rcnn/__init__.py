"""The recurrent convolutional network: movies in, class probabilities after every image out.

``rcnn.load(folder)``, ``rcnn.load_pretrained(name)`` and ``rcnn.train(store, settings, out)`` give
an `RCNN`, whose ``predict`` takes movies. Keras is imported at the first of them.
"""

import os

import lazy_loader

# Read when TensorFlow is first imported, which happens in this package alone.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
