"""A beta that can also be kept busy."""

import time

from shared.bus import answers, service_only
from shared.contracts.message import Caller, Empty, Method
from tests.kit.beta import Beta
from tests.kit.contracts import Seconds

nap = Method("enrolment", "nap", Seconds, Empty)


class Gamma(Beta):
    @answers(nap, callers=["portal"], right=service_only)
    def nap(self, request: Seconds, _caller: Caller) -> Empty:
        time.sleep(request.seconds)
        return Empty()
