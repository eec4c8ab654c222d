"""Measures: what the house promises in numbers, on a broker and databases of its own."""

import logging
import warnings

# What contenders' libraries say of themselves is not a measurement.
warnings.filterwarnings("ignore", message="(?s).*Eventlet is deprecated")
logging.getLogger("amqp").setLevel(logging.CRITICAL)
