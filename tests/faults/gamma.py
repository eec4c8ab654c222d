"""A beta that can also be kept busy."""

import time
from typing import Any

from marshmallow import fields

from shared.bus import answers, service_only
from shared.contracts.message import UntypedMethod
from tests.kit.beta import Beta

nap = UntypedMethod("enrolment", "nap", request={"seconds": fields.Float()}, answer={})


class Gamma(Beta):
    @answers(nap, callers=["portal"], right=service_only)
    def nap(self, request: Any) -> dict[str, Any]:
        time.sleep(request.seconds)
        return {}
