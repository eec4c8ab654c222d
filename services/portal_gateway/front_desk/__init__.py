"""The town's central desk: a service and pages of its own, under the principal `front_desk`."""
