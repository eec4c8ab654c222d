"""The contracts of the two tiny services on which the kit is tried."""

from marshmallow import fields

from shared.contracts.formats import Id, Text, Version
from shared.contracts.message import UntypedEvent, UntypedMethod

echo = UntypedMethod("dossier", "echo", request={"text": Text(1000)}, answer={"text": Text(1000)})
secret = UntypedMethod("dossier", "secret", request={}, answer={"text": Text(1000)})
slow = UntypedMethod("dossier", "slow", request={"seconds": fields.Float()}, answer={})
dies = UntypedMethod("dossier", "dies", request={"text": Text(1000)}, answer={})
breaks = UntypedMethod("dossier", "breaks", request={"text": Text(1000)}, answer={})
count = UntypedMethod(
    "dossier", "count", request={"name": Text(40)}, answer={"total": Version()}, writes=True
)
at_length = UntypedMethod(
    "dossier", "at_length", request={"signs": Version()}, answer={"text": fields.String()}
)
count_at_length = UntypedMethod(
    "dossier",
    "count_at_length",
    request={"name": Text(40), "signs": Version()},
    answer={"text": fields.String()},
    writes=True,
)
hear_at_length = UntypedMethod(
    "dossier", "hear_at_length", request={"text": fields.String()}, answer={}
)
swap = UntypedMethod(
    "dossier",
    "swap",
    request={"first": Text(40), "second": Text(40)},
    answer={"total": Version()},
    writes=True,
)
whoami = UntypedMethod(
    "dossier", "whoami", request={}, answer={"subject": Id(), "caller": Text(60)}
)
counted = UntypedEvent("dossier", "counted", fields={"name": Text(40), "total": Version()})
addressed = UntypedEvent("dossier", "addressed", fields={"text": Text(200)}, addressed=True)
shout = UntypedMethod(
    "dossier",
    "shout",
    request={"to": Text(60), "topic": Text(60), "text": Text(200), "times": Version()},
    answer={},
    writes=True,
)
total = UntypedMethod("enrolment", "total", request={"name": Text(40)}, answer={"total": Version()})
heard = UntypedMethod(
    "enrolment", "heard", request={}, answer={"texts": fields.List(fields.String())}
)
