from .model.classifier import RCNN as RCNN
from .model.classifier import load as load
from .model.classifier import load_pretrained as load_pretrained
from .settings import TrainingSettings as TrainingSettings
from .settings import preset as preset
from .training.train import train as train
