"""Requests of who stores what a provider publishes, to compare it and get it again."""

from shared.bus import BILLING, DOSSIER, FRONT_DESK, PORTAL, Service, answers, service_only
from shared.contracts.every_service import comparison
from shared.contracts.message import Caller
from shared.database import Write

SUBSCRIBERS = [BILLING, DOSSIER, FRONT_DESK, PORTAL]


class Comparison(Service):
    """Answers to subscribers alone, each of what it is sent."""

    @answers(comparison.published_versions, callers=SUBSCRIBERS, right=service_only)
    def published_versions(
        self, request: comparison.PublishedVersionsRequest, caller: Caller
    ) -> comparison.PublishedVersionsAnswer:
        answer: comparison.PublishedVersionsAnswer
        answer = self.comparisons.published_versions(request, caller)
        return answer

    @answers(comparison.publish_again, callers=SUBSCRIBERS, right=service_only)
    def publish_again(
        self, write: Write, request: comparison.PublishAgainRequest, caller: Caller
    ) -> comparison.PublishAgainAnswer:
        answer: comparison.PublishAgainAnswer
        answer = self.comparisons.publish_again(write, request, caller)
        return answer
